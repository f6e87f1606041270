import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Projectors that stay as the loss made them.
struct RawProjectorTests {
  // The trainer's projector is, bit for bit, that of as many updates on the codes as they are, by the same random pairs:
  // nothing is made white before, and nothing is fitted after. What it explains is measured on such codes, too.
  @Test(arguments: ProjectorRecipe.Method.allCases)
  func nothingIsDoneBeforeOrAfter(method: ProjectorRecipe.Method) throws {
    let planted = Planted()
    var recipe = ProjectorRecipe(method: method, isRaw: true)
    (recipe.hiddenUnits, recipe.batch, recipe.steps) = (64, 16, 30)
    var trainer = try planted.trainer(by: recipe, seed: 5)
    let embeddings = Tensor(
      shape: [Planted.known, Planted.dimension],
      elements: (0..<Planted.known).flatMap { planted.embedding($0) })
    var training = ProjectorTraining(recipe: recipe, embeddings: embeddings, data: planted.trained, seed: 5)
    for step in 0..<recipe.steps {
      let pairs = planted.trained.randomPairs(recipe.batch, seed: 5, name: "pairs \(step)")
      let losses = training.update(pairs: pairs, threads: 1)
      #expect(trainer.advance() == [losses.loss, losses.explainedVariance])
    }
    let projector = try trainer.projector { _, _ in
      Issue.record("A raw projector is not calibrated.")
      return nil
    }
    #expect(projector.bits == training.projector.bits)
    let pairs = planted.held.randomPairs(4096, seed: 5, name: "held-out pairs")
    let expected = training.losses(on: planted.held, pairs: pairs, threads: 1).explainedVariance
    #expect(trainer.explainedVariance(of: planted.held) == expected)

    recipe = ProjectorRecipe(method: method)
    (recipe.hiddenUnits, recipe.batch, recipe.steps) = (64, 16, 30)
    var calibrated = try planted.trainer(by: recipe, seed: 5)
    for _ in 0..<recipe.steps { _ = calibrated.advance() }
    #expect(try calibrated.projector().bits != projector.bits)
  }

  // From images to a model: its projector is the checkpoint's, and its table is what that projector gives.
  @Test func theModelHasWhatWasTrained() throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("model"), run = folder.appendingPathComponent("run")
      try TinyModel.complete(.dcgan).write(to: url, precision: .single)
      var recipe = ProjectorRecipe(method: .averaging, isRaw: true)
      (recipe.hiddenUnits, recipe.batch, recipe.steps) = (16, 16, 12)
      var activities: Set<String> = []
      let training = drawn.training(of: url, in: run, report: { activities.insert($0.activity) })
      try training.trainProjector(recipe, vectors: drawn.vectors)
      #expect(activities == ["encoding", "training"])
      let model = try Model(contentsOf: url)
      #expect(ProjectorRecipe(of: model) == recipe)
      let trained = try Parameters(TensorFile(contentsOf: training.options.checkpoint))
        .filtered(byPrefix: "projector.")
      let found = try model.parameters(of: .projector)
      #expect(!found.paths.isEmpty && found.paths.allSatisfy { found[$0]?.elements == trained[$0]?.elements })
      let projector = try WordProjector(model, vectors: drawn.vectors, threads: 1)
      let table = try WordProjector(model, threads: 1)
      for word in drawn.vectors.words {
        let (a, b) = try (projector.direction(for: word), table.direction(for: word))
        #expect(a.length > 0)
        #expect((a - b).length <= Float(roundingTolerance(terms: 16)) * a.length, "\(word)")
      }
    }
  }
}
