import Foundation
import LatentArithmetic
import LatentCore

/// Makes the tokens of texts that CLIP reads.
///
/// A text is cleaned as CLIP's own program does, cut into words, numbers' digits and runs of other characters, and each of
/// these encoded by merging its bytes pair by pair.
///
/// Source: `simple_tokenizer.py` and `tokenize` of openai/CLIP.
public struct CLIPTokenizer: Sendable {
  /// How many tokens there are.
  public var vocabularySize: Int { merges.vocabularySize }
  /// The token that begins a text.
  package var start: Int { vocabularySize - 2 }
  /// The token that ends a text, the largest there is.
  package var end: Int { vocabularySize - 1 }
  /// The most tokens of a text, its start and end included.
  package let contextLength: Int
  private let merges: CLIPMerges

  /// Reads a list of merges: `bpe_simple_vocab_16e6.txt.gz` of openai/CLIP, or a `merges.txt` of Hugging Face.
  ///
  /// - Throws: `FileError`; ``CLIPError/mergesMalformed(file:line:reason:)``.
  public init(contentsOf url: URL, contextLength: Int = 77) throws {
    precondition(contextLength >= 2, "A text has a start and an end, more than \(contextLength) tokens.")
    merges = try CLIPMerges(contentsOf: url)
    self.contextLength = contextLength
  }

  /// The tokens of texts, each from its start to its end.
  ///
  /// - Parameters:
  ///   - texts: The texts.
  ///   - truncating: Whether a text that is too long is cut, its last token being the end; otherwise it is an error.
  /// - Returns: As many lists as texts, of at most `contextLength` tokens.
  /// - Throws: ``CLIPError/textTooLong(text:expected:got:)``.
  public func tokens(of texts: [String], truncating: Bool = false) throws(CLIPError) -> [[Int]] {
    var known: [String: [Int]] = [:]
    var result: [[Int]] = []
    for text in texts {
      var tokens = [start] + encode(text, &known) + [end]
      if tokens.count > contextLength {
        guard truncating else {
          throw .textTooLong(text: text, expected: contextLength, got: tokens.count)
        }
        tokens = tokens.prefix(contextLength - 1) + [end]
      }
      result.append(tokens)
    }
    return result
  }

  /// The tokens of a text of any length, without start and end.
  package func encode(_ text: String) -> [Int] {
    var known: [String: [Int]] = [:]
    return encode(text, &known)
  }

  /// `known` are the words that were encoded before.
  private func encode(_ text: String, _ known: inout [String: [Int]]) -> [Int] {
    words(of: CLIPTextCleaning.cleaned(text)).flatMap { word in
      if let tokens = known[word] { return tokens }
      let tokens = encode(word: word)
      known[word] = tokens
      return tokens
    }
  }

  private func encode(word: String) -> [Int] {
    if let special = [Self.startText: start, Self.endText: end][word] { return [special] }
    let bytes = Array(word.utf8)
    var symbols = bytes.enumerated().map {
      CLIPMerges.symbol(of: $1, endsWord: $0 == bytes.count - 1)
    }
    while true {
      var best: (pair: CLIPMerges.Pair, merge: CLIPMerges.Merge)?
      for (left, right) in zip(symbols, symbols.dropFirst()) {
        let pair = CLIPMerges.Pair(left: left, right: right)
        if let merge = merges.merges[pair], merge.rank < best?.merge.rank ?? .max { best = (pair, merge) }
      }
      guard let best else { return symbols }
      var merged: [Int] = []
      var index = 0
      while index < symbols.count {
        let isPair =
          index + 1 < symbols.count && symbols[index] == best.pair.left
          && symbols[index + 1] == best.pair.right
        merged.append(isPair ? best.merge.symbol : symbols[index])
        index += isPair ? 2 : 1
      }
      symbols = merged
    }
  }

  /// The special tokens, English endings behind an apostrophe, runs of letters, single digits, and runs of the rest.
  private func words(of text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var words: [String] = []
    var place = 0
    func run(_ kind: Kind) -> Int { scalars[place...].prefix { Kind($0) == kind }.count }
    while place < scalars.count {
      let length: Int
      let rest = scalars[place...]
      if let fixed = Self.fixed.first(where: { rest.starts(with: $0) }) {
        length = fixed.count
      } else {
        switch Kind(scalars[place]) {
        case .space:
          place += 1
          continue
        case .letter: length = run(.letter)
        case .number: length = 1
        case .other: length = run(.other)
        }
      }
      words.append(String(String.UnicodeScalarView(rest.prefix(length))))
      place += length
    }
    return words
  }

  private static let startText = "<|startoftext|>"
  private static let endText = "<|endoftext|>"
  private static let fixed = [startText, endText, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
    .map { Array($0.unicodeScalars) }

  private enum Kind {
    case space, letter, number, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
      case .decimalNumber, .letterNumber, .otherNumber: self = .number
      default: self = scalar.properties.isWhitespace ? .space : .other
      }
    }
  }
}
