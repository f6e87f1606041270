import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The loop around every training: checkpoints, losses, samples, stop and resume.
struct SteppedRunTests: TrainingRunTesting {
  // Every step is reported and logged; numbers are written so that reading them gives the same bits.
  @Test func aWholeTraining() throws {
    try withTemporaryFolder { folder in
      let options = options(folder)
      var walk = Walk()
      var reported: [Int] = []
      try run(&walk, options) { progress in
        reported.append(progress.step)
        #expect(progress.activity == "training" && progress.steps == 8)
        #expect(progress.losses.map(\.name) == Walk.lossNames)
      }
      #expect(reported == Array(1...8))
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
  @Test(arguments: 0...8) func aStoppedTrainingContinues(last: Int) async throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try await withTemporaryFolder { folder in
      let (walk, isComplete) = try await run(options(folder), cancelAfter: last)
      #expect(isComplete == (last == 8) && walk.step == last)
      let hasCheckpoint = FileManager.default.fileExists(atPath: checkpoint(options(folder)).path)
      #expect(hasCheckpoint == (last > 0))
      if last > 0 {
        #expect(try savedStep(options(folder)) == "\(last)")
        #expect(try losses(options(folder)) == expectedLosses(steps: last))
      }
      var continued = Walk()
      let options = options(folder, resumes: last > 0)
      try run(&continued, options)
      #expect(continued.state.bits == whole.state.bits)
      #expect(try losses(options) == expectedLosses(steps: 8))
    }
  }

  // A step that throws ends the training, with a checkpoint of the steps before it.
  @Test func aStepThatThrowsLosesNothing() throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      var walk = Walk(crashesBefore: 6)
      #expect(throws: Walk.Crash.self) { try run(&walk, options(folder)) }
      #expect(try savedStep(options(folder)) == "5")
      #expect(try losses(options(folder)) == expectedLosses(steps: 5))
      var continued = Walk()
      try run(&continued, options(folder, resumes: true))
      #expect(continued.state.bits == whole.state.bits)
    }
  }

  // Steps after the last checkpoint are made again, so their rows go, also the one that was cut off in writing.
  @Test func aCrashedTrainingContinuesFromItsCheckpoint() async throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try await withTemporaryFolder { folder in
      let options = options(folder, checkpointInterval: 3)
      try await run(options, cancelAfter: 3)
      #expect(try savedStep(options) == "3")
      let crashed = try Data(contentsOf: checkpoint(options))
      for cutOff in ["", "6,0.", "6", "1"] {
        let url = options.folder.appendingPathComponent("losses.csv")
        try Data((expectedLosses(steps: 5) + cutOff).utf8).write(to: url)
        var resumed = options
        resumed.resumes = true
        try await run(resumed, cancelAfter: 4)
        #expect(try losses(options) == expectedLosses(steps: 4), "“\(cutOff)”")
        var finished = Walk()
        try run(&finished, resumed)
        #expect(finished.state.bits == whole.state.bits)
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
      try run(&again, options(folder, resumes: true)) { _ in steps += 1 }
      #expect(steps == 0 && again.state.bits == walk.state.bits)
      var longer = Walk(steps: 13)
      try run(&longer, options(folder, resumes: true)) { _ in steps += 1 }
      #expect(steps == 5 && longer.state.bits == whole.state.bits)
      #expect(try losses(options(folder)) == expectedLosses(steps: 13))
    }
  }
}
