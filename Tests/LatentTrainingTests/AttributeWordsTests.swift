import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

@Suite struct AttributeWordsTests {
  private func vectors(_ words: [String]) throws -> WordVectors {
    try WordVectors(contents: Data(words.map { "\($0) 1 2\n" }.joined().utf8), name: "words.txt")
  }

  @Test func firstWordThatIsThereWins() throws {
    let words = AttributeWords(
      attributeNames: ["Eyeglasses", "No_Beard", "Oval_Face", "Scarf", "Wavy_Hair"],
      in: try vectors(["spectacles", "glasses", "beard", "scarf", "curly"]))
    #expect(words.entries.map(\.word) == ["glasses", "beard", "scarf", "curly"])
    #expect(words.entries.map(\.attributeIndex) == [0, 1, 3, 4])
    #expect(words.entries.map(\.isReversed) == [false, true, false, false])
    #expect(words.missing == ["Oval_Face"])
  }

  @Test func noWordIsUsedTwice() throws {
    let words = AttributeWords(
      attributeNames: ["Smiling", "smile", "Smile"], in: try vectors(["smile"]))
    #expect(words.entries.map(\.attributeIndex) == [0])
    #expect(words.missing == ["smile", "Smile"])
  }

  @Test(.enabled(if: Shared.isAvailable)) func allButOneOfFortyHaveTheirOwnWord() throws {
    let vectors = try WordVectors(contentsOf: Shared.url("data/words/glove.6B.50d.subset.txt"))
    let dataset = try ImageDataset(contentsOf: Shared.url("data/celeba"))
    let words = AttributeWords(attributeNames: dataset.attributeNames, in: vectors)
    // The file has neither of its words.
    #expect(words.missing == ["Goatee"])
    #expect(Set(words.entries.map(\.word)).count == 39)
    #expect(words.entries.filter(\.isReversed).map(\.word) == ["beard"])
    #expect(words.entries.allSatisfy { vectors[$0.word] != nil })
  }
}
