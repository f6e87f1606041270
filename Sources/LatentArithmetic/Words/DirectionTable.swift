import LatentCore

/// The calibrated directions of common words, for use without a file of word vectors.
package struct DirectionTable: Sendable {
  /// The words, the most frequent first.
  package let words: [String]
  /// One row a word, [words, latentSize].
  package let vectors: Tensor
  private let index: [String: Int]

  package init(words: [String], vectors: Tensor, name: String) throws(ModelError) {
    guard vectors.shape.count == 2, vectors.shape[0] == words.count else {
      throw .wrongDirections(name: name, expected: words.count, got: vectors.shape.first ?? 0)
    }
    self.words = words
    self.vectors = vectors
    index = Dictionary(zip(words, words.indices)) { first, _ in first }
  }

  /// The direction of a word, nil where the table has none; upper and lower case are the same.
  package subscript(word: String) -> [Float]? {
    index[word.lowercased()].map { row in
      let d = vectors.shape[1]
      return vectors.withElements { Array($0[row * d..<(row + 1) * d]) }
    }
  }
}
