import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

struct EvaluationSplitTests {
  // The drawn images have no test split.
  @Test func aSplitWithoutPhotosIsTold() throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("model")
      try TinyModel.complete(.dcgan).write(to: url, precision: .single)
      var recipe = ProjectorRecipe(method: .addition, isRaw: true)
      (recipe.hiddenUnits, recipe.batch, recipe.steps) = (8, 8, 1)
      try drawn.training(of: url, in: folder.appendingPathComponent("run"))
        .trainProjector(recipe, vectors: drawn.vectors)
      let model = try Model(contentsOf: url)
      let error = #expect(throws: EvaluationError.self) {
        try Evaluation(
          of: model, on: drawn.dataset, split: .test, vectors: drawn.vectors, scorer: .faces(),
          recognizer: nil, threads: 1)
      }
      #expect(error == .tooFewPhotos(.test, expected: 2, got: 0))
      #expect(
        error?.description
          == "Measuring takes at least 2 photos with labels in the test split, and there are 0.")
    }
  }
}
