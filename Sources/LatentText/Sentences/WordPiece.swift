import LatentCore

/// Makes the tokens that a BERT reads: words that its vocabulary has, and others in the longest pieces that it has.
///
/// Source: `BertTokenizer` of huggingface/transformers, which follows google-research/bert.
package struct WordPiece: Sendable {
  /// The tokens' numbers by their bytes; of strings two that are not the same may be equal.
  typealias Vocabulary = [ArraySlice<UInt8>: Int]

  /// The tokens without which no text can be written down.
  static let required = ["[UNK]", "[CLS]", "[SEP]"]
  /// What stands for a token of this name wherever a text has it.
  private static let specialNames = required + ["[PAD]", "[MASK]"]
  /// A word of more characters is unknown.
  static let mostCharacters = 100

  let splitting: BERTWords
  private let words: Vocabulary
  /// What may follow within a word, without the `##` that marks it.
  private let continuations: Vocabulary
  private let mostBytes: Int
  private let specials: [(text: [Unicode.Scalar], token: Int)]
  private let unknown: Int
  /// What a text begins with, and ends with.
  package let start: Int, end: Int

  /// - Precondition: The vocabulary has what is required.
  init(_ vocabulary: Vocabulary, _ splitting: BERTWords) {
    func token(_ name: String) -> Int? { vocabulary[ArraySlice(name.utf8)] }
    guard let unknown = token("[UNK]"), let start = token("[CLS]"), let end = token("[SEP]") else {
      preconditionFailure("A vocabulary has \(Self.required), unlike one of \(vocabulary.count) tokens.")
    }
    (self.unknown, self.start, self.end) = (unknown, start, end)
    self.splitting = splitting
    words = vocabulary
    let mark = Array("##".utf8)
    continuations = vocabulary.reduce(into: [:]) { result, entry in
      if entry.key.starts(with: mark) { result[entry.key.dropFirst(mark.count)] = entry.value }
    }
    mostBytes = vocabulary.keys.reduce(1) { max($0, $1.count) }
    specials = Self.specialNames.compactMap { name in token(name).map { (Array(name.unicodeScalars), $0) } }
  }

  /// The words of three Latin letters and more that are one token, by the tokens' numbers, which is from the most frequent.
  var wholeWords: [String] {
    words.filter { word, _ in word.count > 2 && word.allSatisfy { (97...122).contains($0) } }
      .sorted { $0.value < $1.value }
      .map { String(decoding: $0.key, as: UTF8.self) }
  }

  /// The tokens of a text from its start to its end, cut to `limit`, which is at least 2.
  package func tokens(of text: String, atMost limit: Int) -> [Int] {
    var tokens = [start]
    var rest = Substring(text).unicodeScalars
    while !rest.isEmpty, tokens.count < limit {
      if let found = special(at: rest.startIndex, of: rest) {
        tokens.append(found.token)
        rest = rest.dropFirst(found.text.count)
      } else {
        let end = rest.indices.first { special(at: $0, of: rest) != nil } ?? rest.endIndex
        // Each word makes a token at least.
        for word in splitting.words(of: rest[..<end], atMost: limit) { tokens += pieces(of: word) }
        rest = rest[end...]
      }
    }
    return tokens.prefix(limit - 1) + [end]
  }

  private func special(
    at place: String.Index, of text: Substring.UnicodeScalarView
  ) -> (text: [Unicode.Scalar], token: Int)? {
    text[place] == "[" ? specials.first { text[place...].starts(with: $0.text) } : nil
  }

  // MARK: - Pieces

  /// Always the longest piece that the vocabulary has; the whole word is unknown where it has none.
  private func pieces(of word: [Unicode.Scalar]) -> [Int] {
    guard word.count <= Self.mostCharacters else { return [unknown] }
    let bytes = word.flatMap { UTF8.encode($0) ?? .init() }
    var pieces: [Int] = []
    var place = 0
    while place < bytes.count {
      let known = place == 0 ? words : continuations
      // A slice that ends within a character is in no vocabulary.
      let ends = (place + 1...min(place + mostBytes, bytes.count)).reversed()
      guard let end = ends.first(where: { known[bytes[place..<$0]] != nil }),
        let token = known[bytes[place..<end]]
      else { return [unknown] }
      pieces.append(token)
      place = end
    }
    return pieces
  }
}

// MARK: - Vocabulary

extension WordPiece {
  /// A token a line; its number is the line's, from 0 on.
  static func vocabulary(ofLines bytes: [UInt8]) -> Vocabulary {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // Behind the last line's end there is none.
    if lines.last?.isEmpty == true { lines.removeLast() }
    var vocabulary: Vocabulary = [:]
    for (number, line) in lines.enumerated() {
      vocabulary[line.last == UInt8(ascii: "\r") ? line.dropLast() : line] = number
    }
    return vocabulary
  }

  /// What is wrong with the vocabulary in `file` of a network that has `size` tokens, as another file says.
  static func faults(
    of vocabulary: Vocabulary, in file: String, size: Int?, saidBy other: String
  ) -> [SentenceEncoderError.Fault] {
    var faults = required.filter { vocabulary[ArraySlice($0.utf8)] == nil }
      .map { SentenceEncoderError.Fault.malformed(file: file, reason: "lacks the token “\($0)”") }
    let numbers = vocabulary.values
    if let last = numbers.max(), let first = numbers.min(), let size, first < 0 || last >= size {
      faults.append(
        .malformed(
          file: file, reason: "numbers tokens from \(first) to \(last), of which \(other) has \(size)"))
    }
    return faults
  }

  /// The tokens by their numbers; one that no text can have, and a number without a token, is empty.
  package var vocabulary: [String] {
    var tokens = [String](repeating: "", count: (words.values.max() ?? -1) + 1)
    for (token, number) in words where !token.contains(UInt8(ascii: "\n")) {
      tokens[number] = String(decoding: token, as: UTF8.self)
    }
    return tokens
  }

  /// The tokenizer of some of the tokens, those that are required among them, and which of these tokens its own are.
  package func keeping(_ isKept: (String) -> Bool) -> (tokenizer: WordPiece, kept: [Int]) {
    let tokens = vocabulary
    let kept = tokens.indices.filter {
      !tokens[$0].isEmpty && (Self.specialNames.contains(tokens[$0]) || isKept(tokens[$0]))
    }
    let vocabulary = Vocabulary(
      kept.enumerated().map { (ArraySlice(tokens[$0.element].utf8), $0.offset) }, uniquingKeysWith: { $1 })
    return (WordPiece(vocabulary, splitting), kept)
  }
}
