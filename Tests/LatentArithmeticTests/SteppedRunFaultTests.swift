import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Trainings that diverge, and those that are refused.
struct SteppedRunFaultTests: TrainingRunTesting {
  // A loss or a tensor that is not finite ends the training in the step after which it is seen: a loss in its own, a
  // tensor when a checkpoint or a sample is due. The checkpoint before it stays, bit for bit, and the training goes on
  // from it.
  @Test(arguments: [
    (Walk(poisonedLoss: 6), 6, "its loss “first” is nan"),
    (Walk(samples: false, poisonedLoss: 3), 3, "its loss “first” is nan"),
    (Walk(poisonedPosition: 5), 6, "position[2] is inf"),
    (Walk(poisonedPosition: 2), 3, "position[2] is inf"),
  ])
  func aDivergingTrainingKeepsItsCheckpoint(walk: Walk, step: Int, place: String) throws {
    var whole = Walk()
    while whole.step < whole.steps { _ = try whole.advance() }
    try withTemporaryFolder { folder in
      var options = options(folder, checkpointInterval: 4)
      var diverging = walk
      var kept: Data?
      let error = #expect(throws: RunError.self) {
        try run(&diverging, options) { _ in kept = try? Data(contentsOf: checkpoint(options)) }
      }
      let expected = step > 4 ? 4 : nil
      #expect(error == .diverged(step: step, place: place, kept: expected))
      #expect(
        error?.description
          == "The training diverged in step \(step): \(place); "
          + (expected == nil ? "there is no checkpoint yet." : "the checkpoint of step 4 is kept."))
      options.resumes = expected != nil
      if expected == nil {
        #expect(!FileManager.default.fileExists(atPath: checkpoint(options).path))
      } else {
        #expect(try savedStep(options) == "4")
        #expect(try Data(contentsOf: checkpoint(options)) == kept)
      }
      var continued = Walk()
      try run(&continued, options)
      #expect(continued.state.bits == whole.state.bits)
      #expect(try losses(options) == expectedLosses(steps: 8))
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

  @Test func aTrainingIsNeitherOverwrittenNorInvented() async throws {
    try await withTemporaryFolder { folder in
      let path = options(folder).folder.path
      try expectRefusal(RunError.nothingToResume(folder: path), of: Walk(), in: folder)
      #expect(!FileManager.default.fileExists(atPath: path))
      try await run(options(folder), cancelAfter: 5)
      try expectRefusal(RunError.unfinished(folder: path), of: Walk(), in: folder, resumes: false)
      // The library's errors name no command's option.
      #expect(!RunError.unfinished(folder: "run").description.contains("--"))
      try expectRefusal(
        RunError.otherTraining(expected: "another", got: "walk"), of: Walk(identity: "another"),
        in: folder)
    }
  }

  @Test func faultyCheckpointsAreRefused() async throws {
    try await withTemporaryFolder { folder in
      let walk = try await run(options(folder), cancelAfter: 5).walk
      let url = checkpoint(options(folder))
      let metadata = ["identity": "walk", "step": "5"]
      let refused = RunError.notACheckpoint(path: url.path)

      var lacking = walk.state
      lacking["position"] = nil
      var misshapen = walk.state
      misshapen["position"] = Tensor(shape: [1, 3], repeating: 1)
      for state in [lacking, misshapen] {
        try state.write(to: url, metadata: metadata, precision: .single)
        try expectRefusal(refused, of: Walk(), in: folder)
      }
      var poisoned = walk.state
      poisoned["moments.position"] = Tensor(shape: [3], elements: [1, -.infinity, .nan])
      try poisoned.write(to: url, metadata: metadata, precision: .single)
      try expectRefusal(
        RunError.checkpointNotFinite(path: url.path, places: ["moments.position[1] is -inf"]),
        of: Walk(), in: folder)
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
      try run(&continued, options(folder, resumes: true))
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
