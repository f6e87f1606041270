import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct TokenizerParity {
  static let tokenizer = Result {
    try CLIPTokenizer(contentsOf: Shared.url("models/clip/bpe_simple_vocab_16e6.txt.gz"))
  }

  struct Line: Decodable {
    let text: String
    let ids: [Int]
  }

  // Every line as the published tokenizer, in Python, has it.
  @Test func linesAreIdentical() throws {
    let tokenizer = try Self.tokenizer.get()
    let lines = try JSONDecoder().decode(
      [Line].self, from: Data(contentsOf: Shared.url("golden/clip-tokenizer.json")))
    #expect(!lines.isEmpty && tokenizer.vocabularySize == 49_408)
    for line in lines {
      #expect(tokenizer.encode(line.text) == line.ids, "\(line.text)")
    }
  }

  // The tokens of the four texts, from the start to the end, and then zeros up to 77.
  @Test func textsOfTheGoldenModelAreIdentical() throws {
    let texts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Shared.url("golden/clip-texts.json")))
    let expected = try #require(
      NumPyArchive.arrays(contentsOf: Shared.url("golden/clip-vit-b32.npz"))["tokens"])
    let tokens = try Self.tokenizer.get().tokens(of: texts)
    #expect(expected.shape == [tokens.count, 77] && texts.count == 4)
    let padded = tokens.flatMap { $0 + [Int](repeating: 0, count: 77 - $0.count) }
    #expect(padded == expected.values.map { Int($0) })
  }

  // A text of n words of one token each has n + 2 tokens; 75 words fit.
  @Test func longTextsAreRefusedOrCut() throws {
    let tokenizer = try Self.tokenizer.get()
    func text(_ words: Int) -> String { [String](repeating: "face", count: words).joined(separator: " ") }
    #expect(try tokenizer.tokens(of: [text(75)])[0].count == 77)
    #expect(throws: CLIPError.textTooLong(text: text(76), expected: 77, got: 78)) {
      try tokenizer.tokens(of: ["a", text(76)])
    }
    let whole = try tokenizer.tokens(of: [text(75)])
    #expect(try tokenizer.tokens(of: [text(300)], truncating: true) == whole)
  }
}
