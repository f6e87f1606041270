import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

struct EvaluationSplitTests {
  // The drawn images have no test split, and then one of a single photo.
  @Test(arguments: 0...1) func aSplitWithoutPhotosIsTold(photos: Int) throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      let drawn = try DrawnImages(in: data)
      let splits = data.appendingPathComponent("list_eval_partition.txt")
      let last = "\(DrawnImages.trained + DrawnImages.held - 1).png "
      let moved = try String(contentsOf: splits, encoding: .utf8)
        .replacingOccurrences(of: last + "1", with: last + (photos == 1 ? "2" : "1"))
      try Data(moved.utf8).write(to: splits)
      let url = folder.appendingPathComponent("model")
      try TinyModel.complete(.dcgan).write(to: url, precision: .single)
      var recipe = ProjectorRecipe(method: .addition, isRaw: true)
      (recipe.hiddenUnits, recipe.batch, recipe.steps) = (8, 8, 1)
      try drawn.training(of: url, in: folder.appendingPathComponent("run"))
        .trainProjector(recipe, vectors: drawn.vectors)
      let model = try Model(contentsOf: url)
      let error = #expect(throws: EvaluationError.self) {
        try Evaluation(
          of: model, on: ImageDataset(contentsOf: data), split: .test, vectors: drawn.vectors,
          scorer: .faces(),
          recognizer: nil, threads: 1)
      }
      #expect(error == .tooFewPhotos(.test, expected: 2, got: photos))
      #expect(
        error?.description
          == "Measuring takes at least 2 photos with labels in the test split, and there are \(photos).")
    }
  }
}
