import Foundation
import LatentCore
import TestSupport
import Testing

/// Checkpoints of other versions of a training.
struct RunIdentityTests {
  private struct FirstRecipe: TrainingRecipe {
    var steps = 100
    var rate: Float = 0.5
  }

  private struct SecondRecipe: TrainingRecipe {
    static var version: Int { 2 }
    var steps = 100
    var rate: Float = 0.5
  }

  /// Counts its steps; its state is the count.
  private struct Count: SteppedWork {
    static let lossNames = ["count"]
    let identity: String
    var step = 0
    var steps = 4

    var state: Parameters {
      var state = Parameters()
      state["count"] = Tensor(shape: [], repeating: Float(step))
      return state
    }

    mutating func advance() -> [Float] {
      step += 1
      return [Float(step)]
    }
    mutating func restore(_ state: Parameters, step: Int) { self.step = step }
    func writeSample(to url: URL) {}
  }

  // The text that the first release wrote, whose checkpoints open as long as the recipe's version is 1.
  @Test func theFirstVersionIsNotWritten() {
    let record = RunRecord(recipe: FirstRecipe(), seed: 3, images: 12)
    #expect(record.identity == #"{"pictures":12,"recipe":{"rate":0.5,"steps":0},"seed":3}"#)
    #expect(record.json == #"{"pictures":12,"recipe":{"rate":0.5,"steps":100},"seed":3}"#)
    #expect(RunIdentity.json(["text": "a"], version: 1) == #"{"text":"a"}"#)
  }

  @Test func laterVersionsAre() {
    let record = RunRecord(recipe: SecondRecipe(), seed: 3, images: 12)
    #expect(record.identity == #"{"pictures":12,"recipe":{"rate":0.5,"steps":0},"seed":3,"version":2}"#)
    #expect(RunIdentity.json(["text": "a"], version: 3) == #"{"text":"a","version":"3"}"#)
  }

  // A record that a former version wrote keeps its version: none.
  @Test func recordsKeepTheirVersion() throws {
    let old = RunRecord(recipe: FirstRecipe(), seed: 3, images: 12).json
    #expect(try #require(RunRecord<SecondRecipe>(json: old)).json == old)
    let new = RunRecord(recipe: SecondRecipe(), seed: 3, images: 12).json
    #expect(try #require(RunRecord<SecondRecipe>(json: new)).json == new)
  }

  // A checkpoint of another version is refused by the versions, whatever else differs; one of the same version goes on.
  @Test(arguments: [
    (
      RunRecord(recipe: SecondRecipe(), seed: 3, images: 12).identity,
      RunIdentity.json(["text": "b"], version: 3)
    )
  ])
  func otherVersionsAreRefused(second: String, third: String) throws {
    let first = RunRecord(recipe: FirstRecipe(), seed: 3, images: 12).identity
    for (made, expected, versions) in [
      (first, second, (1, 2)), (second, first, (2, 1)), (second, third, (2, 3)), ("a text", second, (1, 2)),
    ] {
      try withTemporaryFolder { folder in
        var options = RunOptions(folder: folder.appendingPathComponent("run"), threads: 1)
        var old = Count(identity: made, steps: 2)
        try SteppedRun(options).run(&old) { _ in }
        options.resumes = true
        var new = Count(identity: expected)
        let error = #expect(throws: RunError.self) { try SteppedRun(options).run(&new) { _ in } }
        let path = options.checkpoint.path
        #expect(error == .otherVersion(path: path, expected: versions.1, got: versions.0))
        #expect(
          error?.description
            == "“\(path)” was made by version \(versions.0) of this training, and this is version \(versions.1)."
        )
        #expect(new.step == 0)
        var same = Count(identity: made)
        try SteppedRun(options).run(&same) { _ in }
        #expect(same.step == 4)
      }
    }
  }
}
