import Foundation

/// Something that is trained step by step and can be stopped and continued.
package protocol SteppedWork {
  /// What reports call the work.
  static var activity: String { get }
  /// The losses' names, in the order ``advance()`` returns them.
  static var lossNames: [String] { get }
  /// How many steps were made.
  var step: Int { get }
  /// How many steps make a training.
  var steps: Int { get }
  /// What identifies the training: recipe, seed and the number of images. A checkpoint of another is refused.
  var identity: String { get }
  /// All tensors that a continued training needs.
  var state: Parameters { get }

  /// Makes one step and returns its losses; one that throws changes nothing.
  mutating func advance() throws -> [Float]
  /// Continues from a checkpoint.
  mutating func restore(_ state: Parameters, step: Int)
  /// Writes an image that shows how far the work is, where there is something to show.
  ///
  /// - Parameter url: A PNG file.
  func writeSample(to url: URL) throws
}

extension SteppedWork {
  /// A training, unless the trainee says otherwise.
  package static var activity: String { "training" }
}

/// Where a training leaves its files and how often.
public struct RunOptions: Sendable {
  /// The folder of checkpoint, losses and samples; made when missing.
  public var folder: URL
  /// Steps between two sample sheets.
  public var sampleInterval = 250
  /// Steps between two checkpoints.
  public var checkpointInterval = 500
  /// The longest time between two checkpoints, in seconds.
  public var checkpointSeconds = 600.0
  /// Whether to continue the training that the folder holds.
  public var resumes = false
  /// The most threads to use.
  public var threads: Int

  /// The file from which a stopped training continues.
  public var checkpoint: URL { folder.appendingPathComponent("checkpoint.safetensors") }

  /// Makes options for a training in `folder`.
  public init(folder: URL, threads: Int) { (self.folder, self.threads) = (folder, threads) }
}

/// The loop around every training: progress, losses, samples, checkpoints, stop and resume.
///
/// A checkpoint holds everything the next step depends on, and random streams are named by the step, so a continued
/// training makes bit for bit the weights and the losses of an uninterrupted one.
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
    let losses = try LossLog(lossesURL, names: Subject.lossNames, keepingUntil: trainee.step)
    var clock = StepClock()
    var saved = options.resumes ? trainee.step : nil
    var savedTime = Date()
    while trainee.step < trainee.steps {
      let values: [Float]
      do {
        try Task.checkCancellation()
        values = try trainee.advance()
      } catch {
        // Neither a damaged image nor a cancelled task loses the steps before it.
        if trainee.step > saved ?? 0 { try save(trainee, kept: saved) }
        throw error
      }
      try losses.append(step: trainee.step, values)
      for (name, value) in zip(Subject.lossNames, values) where !value.isFinite {
        throw RunError.diverged(
          step: trainee.step, place: "its loss “\(name)” is \(value)", kept: saved)
      }
      report(
        StepProgress(
          activity: Subject.activity, step: trainee.step, steps: trainee.steps,
          losses: Array(zip(Subject.lossNames, values)),
          rate: clock.tick()))
      if trainee.step % options.sampleInterval == 0 || trainee.step == trainee.steps {
        try checkNumbers(of: trainee, kept: saved)
        try writeSample(of: trainee)
      }
      if trainee.step - (saved ?? 0) >= options.checkpointInterval || trainee.step == trainee.steps
        || Date().timeIntervalSince(savedTime) >= options.checkpointSeconds
      {
        try save(trainee, kept: saved)
        (saved, savedTime) = (trainee.step, Date())
      }
    }
  }

  private func begin<Subject: SteppedWork>(_ trainee: inout Subject) throws {
    guard options.resumes else {
      do {
        try FileManager.default.createDirectory(at: options.folder, withIntermediateDirectories: true)
      } catch {
        throw FileError.writeFailed(
          path: options.folder.path, reason: FileError.reason(of: error) ?? "the folder cannot be made")
      }
      return
    }
    let file = try TensorFile(contentsOf: options.checkpoint)
    guard let identity = file.metadata["identity"], let step = file.metadata["step"].flatMap(Int.init) else {
      throw RunError.notACheckpoint(path: options.checkpoint.path)
    }
    guard identity == trainee.identity else {
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

  private func checkNumbers<Subject: SteppedWork>(of trainee: Subject, kept: Int?) throws {
    let places = trainee.state.nonFinite
    if places.isEmpty { return }
    throw RunError.diverged(step: trainee.step, place: places.firstFew, kept: kept)
  }

  private func save<Subject: SteppedWork>(_ trainee: Subject, kept: Int?) throws {
    try checkNumbers(of: trainee, kept: kept)
    try trainee.state.write(
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
