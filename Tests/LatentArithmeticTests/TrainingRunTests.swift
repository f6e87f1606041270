import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The loop around every training: checkpoints, losses, samples, stop and resume.
struct TrainingRunTests {
  private struct Crash: Error {}

  /// A training whose every step depends on all before it; moments appear with the first step, as an optimiser's do.
  private struct Walk: Trainee {
    static let lossNames = ["first", "second"]

    var steps = 8
    var identity = "walk"
    var samples = true
    var crashesBefore: Int?
    var step = 0
    var position = Tensor(shape: [3], elements: [0.1, -0.2, 0.3])
    var momentum: Tensor?

    var state: Parameters {
      var state = Parameters()
      state["position"] = position
      state["moments.position"] = momentum
      return state
    }

    mutating func advance() throws -> [Float] {
      if step + 1 == crashesBefore { throw Crash() }
      var stream = RandomStream(seed: 1, name: "walk \(step)")
      let push = stream.normal(shape: [3]).elements
      let old = momentum?.elements ?? [0, 0, 0]
      let new = zip(old, push).map { 0.9 * $0 + $1 }
      momentum = Tensor(shape: [3], elements: new)
      position = Tensor(shape: [3], elements: zip(position.elements, new).map { 0.99 * $0 + 0.1 * $1 })
      step += 1
      return Array(position.elements.prefix(2))
    }

    mutating func restore(_ state: Parameters, step: Int) {
      self.step = step
      if let position = state["position"] { self.position = position }
      momentum = state["moments.position"]
    }

    func sample() -> Image? { samples ? randomImage(width: 4, height: 4, seed: UInt64(step)) : nil }
  }

  private func options(_ folder: URL, resumes: Bool = false, checkpointInterval: Int = 500) -> TrainingOptions
  {
    var options = TrainingOptions(folder: folder.appendingPathComponent("run"), threads: 1)
    options.resumes = resumes
    options.checkpointInterval = checkpointInterval
    options.sampleInterval = 3
    // Nothing here depends on time.
    options.checkpointSeconds = .infinity
    return options
  }

  /// Runs a training, stopped after a step where one is given.
  @discardableResult private func run(
    _ walk: inout Walk, _ options: TrainingOptions, stopAfter last: Int? = nil,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> Bool {
    var made = 0
    return try TrainingRun(options).run(&walk, isStopped: { made == last }) { progress in
      made = progress.step
      report(progress)
    }
  }

  private func losses(_ options: TrainingOptions) throws -> String {
    try String(contentsOf: options.folder.appendingPathComponent("losses.csv"), encoding: .utf8)
  }

  private func checkpoint(_ options: TrainingOptions) -> URL {
    options.folder.appendingPathComponent("checkpoint.safetensors")
  }

  private func savedStep(_ options: TrainingOptions) throws -> String? {
    try TensorFile(contentsOf: checkpoint(options)).metadata["step"]
  }

  /// The header and the rows that a walk writes.
  private func expectedLosses(steps: Int) throws -> String {
    var walk = Walk()
    var text = "step,first,second\n"
    for step in 1...steps {
      let values = try walk.advance()
      text += "\(step),\(values[0]),\(values[1])\n"
    }
    return text
  }

  // Every step is reported and logged; numbers are written so that reading them gives the same bits.
  @Test func aWholeTraining() throws {
    try withTemporaryFolder { folder in
      let options = options(folder)
      var walk = Walk()
      var reported: [Int] = []
      let isComplete = try run(&walk, options) { progress in
        reported.append(progress.step)
        #expect(progress.activity == "training" && progress.steps == 8)
        #expect(progress.losses.map(\.name) == Walk.lossNames)
      }
      #expect(isComplete && reported == Array(1...8))
      #expect(try losses(options) == expectedLosses(steps: 8))
      let values = try losses(options).split(separator: "\n").last?.split(separator: ",").dropFirst()
      #expect(values?.compactMap { Float($0) } == Array(walk.position.elements.prefix(2)))
      let file = try TensorFile(contentsOf: checkpoint(options))
      #expect(file.metadata == ["identity": "walk", "step": "8"])
      #expect(try Parameters(file).bits == walk.state.bits)
      #expect(
        try fileNames(in: options.folder) == [
          "checkpoint.safetensors", "losses.csv", "sample-000003.png", "sample-000006.png",
          "sample-000008.png",
        ])
      let sample = try Image(contentsOf: options.folder.appendingPathComponent("sample-000006.png"))
      #expect(sample == randomImage(width: 4, height: 4, seed: 6))
    }
  }

  @Test func withoutSamplesThereAreNone() throws {
    try withTemporaryFolder { folder in
      var walk = Walk(samples: false)
      try run(&walk, options(folder))
      #expect(try fileNames(in: options(folder).folder) == ["checkpoint.safetensors", "losses.csv"])
    }
  }

  // A step is reported before its checkpoint is written: step s sees that of the last multiple of 3 below it.
  @Test func checkpointsComeByCount() throws {
    try withTemporaryFolder { folder in
      let options = options(folder, checkpointInterval: 3)
      var walk = Walk()
      var seen: [String] = []
      try run(&walk, options) { _ in seen.append((try? savedStep(options)) ?? "none") }
      #expect(seen == ["none", "none", "none", "3", "3", "3", "6", "6"])
      #expect(try savedStep(options) == "8")
    }
  }

  @Test func checkpointsComeByTime() throws {
    try withTemporaryFolder { folder in
      var options = options(folder)
      options.checkpointSeconds = 0
      var walk = Walk(steps: 4)
      var seen: [String] = []
      try run(&walk, options) { _ in seen.append((try? savedStep(options)) ?? "none") }
      #expect(seen == ["none", "1", "2", "3"])
      #expect(try savedStep(options) == "4")
    }
  }

  // MARK: - Stop and resume

  // Stopped after any step, even the last or before the first, a training goes on to the bits of an uninterrupted one.
  @Test(arguments: 0...8) func aStoppedTrainingContinues(last: Int) throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      var walk = Walk()
      let isComplete = try run(&walk, options(folder), stopAfter: last)
      #expect(isComplete == (last == 8) && walk.step == last)
      let hasCheckpoint = FileManager.default.fileExists(atPath: checkpoint(options(folder)).path)
      #expect(hasCheckpoint == (last > 0))
      if last > 0 {
        #expect(try savedStep(options(folder)) == "\(last)")
        #expect(try losses(options(folder)) == expectedLosses(steps: last))
      }
      var continued = Walk()
      let options = options(folder, resumes: last > 0)
      let isFinished = try run(&continued, options)
      #expect(isFinished && continued.state.bits == whole.state.bits)
      #expect(try losses(options) == expectedLosses(steps: 8))
    }
  }

  // A step that throws ends the training, with a checkpoint of the steps before it.
  @Test func aStepThatThrowsLosesNothing() throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      var walk = Walk(crashesBefore: 6)
      #expect(throws: Crash.self) { try run(&walk, options(folder)) }
      #expect(try savedStep(options(folder)) == "5")
      #expect(try losses(options(folder)) == expectedLosses(steps: 5))
      var continued = Walk()
      let isFinished = try run(&continued, options(folder, resumes: true))
      #expect(isFinished && continued.state.bits == whole.state.bits)
    }
  }

  // Steps after the last checkpoint are made again, so their rows go, also the one that was cut off in writing.
  @Test func aCrashedTrainingContinuesFromItsCheckpoint() throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      let options = options(folder, checkpointInterval: 3)
      var walk = Walk()
      try run(&walk, options, stopAfter: 3)
      #expect(try savedStep(options) == "3")
      let crashed = try Data(contentsOf: checkpoint(options))
      for cutOff in ["", "6,0.", "6", "1"] {
        let url = options.folder.appendingPathComponent("losses.csv")
        try Data((expectedLosses(steps: 5) + cutOff).utf8).write(to: url)
        var resumed = options
        resumed.resumes = true
        var continued = Walk()
        try run(&continued, resumed, stopAfter: 4)
        #expect(try losses(options) == expectedLosses(steps: 4), "“\(cutOff)”")
        var finished = Walk()
        let isFinished = try run(&finished, resumed)
        #expect(isFinished && finished.state.bits == whole.state.bits)
        #expect(try losses(options) == expectedLosses(steps: 8), "“\(cutOff)”")
        try crashed.write(to: checkpoint(options))
      }
    }
  }

  @Test func aTrainingCanBeProlonged() throws {
    var whole = Walk(steps: 13)
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      var walk = Walk()
      try run(&walk, options(folder))
      var again = Walk()
      var steps = 0
      let isComplete = try run(&again, options(folder, resumes: true)) { _ in steps += 1 }
      #expect(isComplete && steps == 0 && again.state.bits == walk.state.bits)
      var longer = Walk(steps: 13)
      let isFinished = try run(&longer, options(folder, resumes: true)) { _ in steps += 1 }
      #expect(isFinished && steps == 5 && longer.state.bits == whole.state.bits)
      #expect(try losses(options(folder)) == expectedLosses(steps: 13))
    }
  }

  // MARK: - Refusals

  /// Expects that a resumed training is refused and leaves trainee and folder as they were.
  private func expectRefusal(
    _ error: some Error & Equatable, of walk: Walk, in folder: URL, resumes: Bool = true
  ) throws {
    let options = options(folder, resumes: resumes)
    func files() throws -> [String: Data] {
      guard FileManager.default.fileExists(atPath: options.folder.path) else { return [:] }
      return Dictionary(
        uniqueKeysWithValues: try fileNames(in: options.folder).map { name in
          (name, try Data(contentsOf: options.folder.appendingPathComponent(name)))
        })
    }
    let before = try files()
    var refused = walk
    #expect(throws: error) { try run(&refused, options) }
    #expect(refused.step == walk.step && refused.state.bits == walk.state.bits)
    let isUntouched = try files() == before
    #expect(isUntouched)
  }

  @Test func aTrainingIsNeitherOverwrittenNorInvented() throws {
    try withTemporaryFolder { folder in
      let path = options(folder).folder.path
      try expectRefusal(TrainingError.nothingToResume(folder: path), of: Walk(), in: folder)
      #expect(!FileManager.default.fileExists(atPath: path))
      var walk = Walk()
      try run(&walk, options(folder), stopAfter: 5)
      try expectRefusal(TrainingError.unfinished(folder: path), of: Walk(), in: folder, resumes: false)
      try expectRefusal(
        TrainingError.otherTraining(expected: "another", got: "walk"), of: Walk(identity: "another"),
        in: folder)
    }
  }

  @Test func faultyCheckpointsAreRefused() throws {
    try withTemporaryFolder { folder in
      var walk = Walk()
      try run(&walk, options(folder), stopAfter: 5)
      let url = checkpoint(options(folder))
      let metadata = ["identity": "walk", "step": "5"]
      let refused = TrainingError.notACheckpoint(path: url.path)

      var lacking = walk.state
      lacking["position"] = nil
      var misshapen = walk.state
      misshapen["position"] = Tensor(shape: [1, 3], repeating: 1)
      for state in [lacking, misshapen] {
        try state.write(to: url, metadata: metadata, precision: .single)
        try expectRefusal(refused, of: Walk(), in: folder)
      }
      for wrong in [[:], ["identity": "walk"], ["step": "5"], ["identity": "walk", "step": "five"]] {
        try walk.state.write(to: url, metadata: wrong, precision: .single)
        try expectRefusal(refused, of: Walk(), in: folder)
      }
      try walk.state.write(to: url, metadata: metadata, precision: .single)
      let whole = try Data(contentsOf: url)
      for length in [0, 7, 60, whole.count - 1] {
        try whole.prefix(length).write(to: url)
        var damaged = Walk()
        #expect(throws: TensorFileError.self) { try run(&damaged, options(folder, resumes: true)) }
        #expect(damaged.step == 0)
      }
      try whole.write(to: url)
      var continued = Walk()
      #expect(try run(&continued, options(folder, resumes: true)))
    }
  }

  @Test func aFolderThatCannotBeMadeIsTold() throws {
    try withTemporaryFolder { folder in
      try Data("a file".utf8).write(to: folder.appendingPathComponent("run"))
      var walk = Walk()
      #expect(throws: FileError.self) { try run(&walk, options(folder)) }
      #expect(walk.step == 0)
    }
  }
}
