import LatentArithmetic
import TestSupport
import Testing

/// Words that are added while others are kept.
struct EditorKeepingTests {
  private func editor() throws -> Editor<ZSpace> { try Editor(TinyModel.complete(.dcgan), threads: 1) }

  private func inner(_ a: Direction<ZSpace>, _ b: Direction<ZSpace>) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  // ⟨Σ θ·w*, c⟩ = 0 for each kept c, and Σ θ·(w − w*) lies in the span of the kept: nothing is left of it outside.
  @Test func keptWordsAreNotMovedAlong() throws {
    let editor = try editor()
    let words: [String: Float] = ["smiling": 1.5, "blond": -2]
    let kept = ["new york", ". . ."]
    let others = try kept.map { try editor.projector.direction(for: $0) }
    let free = try editor.projector.direction(of: words)
    let direction = try editor.projector.direction(of: words, keeping: kept)
    for other in others {
      let cosine = inner(direction, other) / Double(direction.length * other.length)
      #expect(abs(cosine) <= 4 * Double(Float.ulpOfOne), "\(cosine)")
      #expect(abs(inner(free, other)) > 1e-2)
    }
    #expect(direction.length > 0.1 * free.length && direction.length < free.length)
    let outside = (free + -direction).orthogonalized(to: others)
    #expect(outside.length <= 1e-5 * free.length)
    #expect(try editor.projector.direction(of: words, keeping: []) == free)
  }

  // A word that is kept and added at once would be nothing; it is added, however either is written.
  @Test(arguments: [["smiling", "new york"], ["Smiling", "new york"], ["SMILING", "New York"]])
  func anAddedWordIsNotRemoved(kept: [String]) throws {
    let editor = try editor()
    let added = try editor.projector.direction(of: ["smiling": 1], keeping: kept)
    #expect(try added == editor.projector.direction(of: ["smiling": 1], keeping: ["new york"]))
    #expect(added.length > 0.1)
    let alone = try editor.projector.direction(of: ["smiling": 1], keeping: [kept[0]])
    #expect(try alone == editor.projector.direction(of: ["smiling": 1]))
  }

  // An edit that keeps words is one along their direction; a kept word is looked up as an added one is.
  @Test func editsKeepWords() throws {
    let editor = try editor()
    let image = smoothImage(width: 80, height: 80, seed: 4)
    let kept = try editor.edit(
      image, adding: ["smiling": 2], keeping: ["new york"], framed: .whole)
    let direction = try editor.projector.direction(of: ["smiling": 2], keeping: ["new york"])
    #expect(try kept == editor.edit(image, along: direction, framed: .whole))
    #expect(try kept != editor.edit(image, adding: ["smiling": 2], framed: .whole))
    #expect(throws: WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])) {
      try editor.edit(image, adding: ["blond": 1], keeping: ["smilling"])
    }
  }
}
