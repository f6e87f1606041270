import LatentArithmetic
import LatentFaces
import LatentTraining
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
