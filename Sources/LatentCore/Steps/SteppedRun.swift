import Foundation

/// The loop around every training: progress, losses, samples, checkpoints, stop and resume.
///
/// A checkpoint holds everything the next step depends on, and random streams are named by the step, so a continued
/// training makes bit for bit the weights and the losses of an uninterrupted one. Of several ranks the first alone writes.
package struct SteppedRun {
  let options: RunOptions
  private var lossesURL: URL { options.folder.appendingPathComponent("losses.csv") }

  /// Makes sure that the folder holds a training exactly when one is to be resumed, before any work is done.
  ///
  /// - Throws: ``RunError/unfinished(folder:)``, ``RunError/nothingToResume(folder:)``.
  package init(_ options: RunOptions) throws(RunError) {
    self.options = options
    let exists = FileManager.default.fileExists(atPath: options.checkpoint.path)
    if exists, !options.resumes { throw .unfinished(folder: options.folder.path) }
    if !exists, options.resumes { throw .nothingToResume(folder: options.folder.path) }
  }

  /// Trains until the last step and leaves a checkpoint, as it does when it is cancelled or a step throws.
  ///
  /// No checkpoint is written of a step after which a loss or a tensor is not finite; that before it stays.
  ///
  /// - Throws: ``RunError`` when the folder holds another training, or this one diverges; `FileError` when a file
  ///   cannot be written; `CancellationError` when the task is cancelled; whatever the trainee throws.
  package func run<Subject: SteppedWork>(
    _ trainee: inout Subject, report: (StepProgress) -> Void
  ) throws {
    try begin(&trainee)
    let losses =
      options.ranks.isFirst
      ? try LossLog(lossesURL, names: Subject.lossNames, keepingUntil: trainee.step) : nil
    var loop = StepLoop(
      Subject.activity, steps: trainee.steps, from: trainee.step, lossNames: Subject.lossNames)
    loop.kept = options.resumes ? trainee.step : nil
    var savedTime = Date()
    while trainee.step < trainee.steps {
      let before = trainee.step
      do {
        try loop.advance(report: report) {
          let values = try trainee.advance()
          try losses?.append(step: trainee.step, values)
          return values
        }
      } catch {
        // Neither a damaged image nor a cancelled task loses the steps before it.
        if options.ranks.isFirst, trainee.step == before, before > loop.kept ?? 0 {
          try save(trainee, in: loop)
        }
        throw error
      }
      if !options.ranks.isFirst { continue }
      let isLast = trainee.step == trainee.steps
      if isLast || trainee.step % options.sampleInterval == 0 {
        try loop.check(trainee.state)
        try writeSample(of: trainee)
      }
      if isLast || trainee.step - (loop.kept ?? 0) >= options.checkpointInterval
        || Date().timeIntervalSince(savedTime) >= options.checkpointSeconds
      {
        try save(trainee, in: loop)
        (loop.kept, savedTime) = (trainee.step, Date())
      }
    }
  }

  private func begin<Subject: SteppedWork>(_ trainee: inout Subject) throws {
    if options.resumes { try restore(&trainee) } else { try File.makeFolder(options.folder) }
    try options.ranks.agree(on: "a recipe, a seed or a checkpoint", "\(trainee.identity) \(trainee.step)")
  }

  private func restore<Subject: SteppedWork>(_ trainee: inout Subject) throws {
    let file = try TensorFile(contentsOf: options.checkpoint)
    guard let identity = file.metadata["identity"], let step = file.metadata["step"].flatMap(Int.init) else {
      throw RunError.notACheckpoint(path: options.checkpoint.path)
    }
    let (expected, got) = (RunIdentity.version(of: trainee.identity), RunIdentity.version(of: identity))
    guard got == expected else {
      throw RunError.otherVersion(path: options.checkpoint.path, expected: expected, got: got)
    }
    guard trainee.continues(identity) else {
      throw RunError.otherTraining(expected: trainee.identity, got: identity)
    }
    let state = try Parameters(file)
    guard state.hasShapes(of: trainee.state) else {
      throw RunError.notACheckpoint(path: options.checkpoint.path)
    }
    let places = state.nonFinite
    if !places.isEmpty {
      throw RunError.checkpointNotFinite(path: options.checkpoint.path, places: places)
    }
    trainee.restore(state, step: step)
  }

  private func save<Subject: SteppedWork>(_ trainee: Subject, in loop: StepLoop) throws {
    let state = trainee.state
    try loop.check(state)
    try state.write(
      to: options.checkpoint, metadata: ["identity": trainee.identity, "step": "\(trainee.step)"],
      precision: .single)
  }

  private func writeSample<Subject: SteppedWork>(of trainee: Subject) throws {
    let digits = String(trainee.step)
    let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    try trainee.writeSample(to: options.folder.appendingPathComponent("sample-\(name).png"))
  }
}

extension Parameters {
  /// Whether every tensor of `other` is here in the same shape; moments, which a fresh training lacks, are extra.
  fileprivate func hasShapes(of other: Parameters) -> Bool {
    other.paths.allSatisfy { self[$0]?.shape == other[$0]?.shape }
  }
}
