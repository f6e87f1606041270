import LatentArithmetic
import LatentCore
import LatentFaces
import LatentTraining
import TestSupport
import Testing

struct RecipeTests {
  // The paper's two methods share its recipe and differ in the method alone.
  @Test func recipesFollowTheMethod() {
    #expect(ProjectorRecipe(method: .signedAddition) == ProjectorRecipe())
    #expect(ProjectorRecipe(method: .addition) == .paper)
    var averaging = ProjectorRecipe.paper
    averaging.method = .averaging
    #expect(ProjectorRecipe(method: .averaging) == averaging)
    #expect(!averaging.orthogonalizes)
  }

  // A raw recipe is of its method, orthogonalizes nothing, and comes back from its record. The records and checkpoints of
  // all others do not know the word.
  @Test(arguments: ProjectorRecipe.Method.allCases) func rawIsRecorded(method: ProjectorRecipe.Method) throws
  {
    let raw = ProjectorRecipe(method: method, isRaw: true)
    #expect(raw.isRaw && raw.method == method && !raw.orthogonalizes)
    let record = RunRecord(recipe: raw, seed: 1, images: 2)
    #expect(ProjectorRecipe(record: record.json) == raw)
    let other = RunRecord(recipe: ProjectorRecipe(method: method), seed: 1, images: 2)
    #expect(!other.recipe.isRaw && record.identity != other.identity)
    #expect(record.identity.contains("raw") && !other.identity.contains("raw"))
  }

  // 20 epochs of the paper's 10,000 images, rounded up to whole batches.
  @Test func thePapersEncoderSeesTwentyEpochs() {
    let recipe = EncoderRecipe.paper
    #expect(!recipe.flips && recipe.batch == 128)
    #expect(recipe.steps * recipe.batch >= 200_000 && (recipe.steps - 1) * recipe.batch < 200_000)
    #expect(recipe.learningRate == EncoderRecipe().learningRate && EncoderRecipe().flips)
  }

  // The fewest steps whose batches hold every image of the training split as often as asked; a tenth of it is for tuning.
  @Test(arguments: [(1, 8), (3, 8), (20, 64), (2, 1), (1, 100)]) func epochsAreSteps(epochs: Int, batch: Int)
    throws
  {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder)
      let training = drawn.training(of: folder, in: folder)
      let shown = epochs * drawn.dataset.images(in: .train).count
      let steps = training.steps(epochs: epochs, batch: batch)
      #expect(shown > 0 && steps * batch >= shown && (steps - 1) * batch < shown)
    }
  }

  // A model tells what its projector was trained by; a record of another training is none.
  @Test func recipesAreReadBack() throws {
    let records = try Model.faces().records
    let projector = try #require(records["projector"])
    #expect(ProjectorRecipe(record: projector) == ProjectorRecipe())
    #expect(try ProjectorRecipe(of: .faces()) == ProjectorRecipe())
    #expect(try ProjectorRecipe(record: #require(records["generator"])) == nil)
    #expect(ProjectorRecipe(record: "") == nil)
  }
}
