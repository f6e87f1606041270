import Foundation
import LatentCore

/// Vectors of words, as GloVe, word2vec and fastText publish them.
///
/// The vectors are kept as the file gives them, in its order, which is usually from the most frequent word to the
/// rarest.
public struct WordVectors: Sendable {
  let image: WordImage

  /// The length of every vector.
  public var dimension: Int { image.layout.dimension }
  /// How many words there are.
  package var count: Int { image.layout.count }
  /// The words in file order, each once.
  public var words: Words { Words(image: image) }

  /// Makes vectors of words, one row of equal length for each.
  ///
  /// - Precondition: There is a word, and as many values for each; no word comes twice.
  public init(words: some Collection<String>, values: [Float]) {
    precondition(
      !words.isEmpty && !values.isEmpty && values.count % words.count == 0,
      "\(words.count) words cannot share \(values.count) values.")
    var list = WordLines.Words()
    for word in words {
      list.bytes.append(contentsOf: word.utf8)
      list.ends.append(UInt32(list.bytes.count))
    }
    var builder = WordImageBuilder(dimension: values.count / words.count)
    _ = builder.room(for: words.count).update(from: values)
    builder.append(words: list.bytes, ends: list.ends, fromRow: 0)
    image = builder.finish()
    precondition(count == words.count, "Of \(words.count) words only \(count) are different.")
  }

  /// Makes vectors of words, a line each; nil where a word is empty or comes twice.
  ///
  /// Without values it is a list of words, of dimension 0.
  ///
  /// - Precondition: There are as many values for each word.
  package init?(lines: String, values: [Float] = []) {
    var list = WordLines.Words()
    for byte in lines.utf8 {
      if byte == UInt8(ascii: "\n") {
        list.ends.append(UInt32(list.bytes.count))
      } else {
        list.bytes.append(byte)
      }
    }
    list.ends.append(UInt32(list.bytes.count))
    guard list.ends[0] > 0, zip(list.ends, list.ends.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    precondition(
      values.count % list.ends.count == 0, "\(list.ends.count) words cannot share \(values.count) values.")
    var builder = WordImageBuilder(dimension: values.count / list.ends.count)
    _ = builder.room(for: list.ends.count).update(from: values)
    builder.append(words: list.bytes, ends: list.ends, fromRow: 0)
    image = builder.finish()
    if count != list.ends.count { return nil }
  }

  /// The vector of `word` as it is written or else in lower case; nil when there is none.
  ///
  /// A file of the library's own form is not read through when it is opened. Where it is damaged, a word may not be
  /// found, and a vector that holds anything but finite numbers counts as missing.
  public subscript(word: String) -> [Float]? {
    guard let position = position(of: word) else { return nil }
    let row = image.withRows(position..<position + 1) { Array($0) }
    return row.allSatisfy(\.isFinite) ? row : nil
  }

  /// Returns the vector of `word`.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)`` when there is none.
  package func vector(for word: String) throws(WordVectorsError) -> [Float] {
    guard let vector = self[word] else { throw .unknownWord(word, suggestions: suggestions(for: word)) }
    return vector
  }

  /// Where `word`, or else its lower case, stands in ``words``; nil when it is not there.
  ///
  /// Words are the same when their bytes are. A word typed in another normal form than the file's is found when the
  /// file has the composed one, which most text is in.
  func position(of word: String) -> Int? {
    for form in [word, word.lowercased()] {
      if let position = exactPosition(of: form) { return position }
      if form.utf8.contains(where: { $0 >= 0x80 }),
        let position = exactPosition(of: form.precomposedStringWithCanonicalMapping)
      {
        return position
      }
    }
    return nil
  }

  private func exactPosition(of word: String) -> Int? {
    var word = word
    return word.withUTF8 { image.position(of: UnsafeRawBufferPointer($0)) }
  }

  /// All vectors, one row a word.
  package var matrix: Tensor {
    image.withRows(0..<count) { rows in Tensor(shape: [count, dimension], elements: Array(rows)) }
  }
}

extension WordVectors {
  /// The words of a file in its order; each becomes a `String` when it is asked for.
  public struct Words: RandomAccessCollection, Equatable, Sendable {
    let image: WordImage

    /// The position of the first word, 0.
    public var startIndex: Int { 0 }
    /// The position after the last word.
    public var endIndex: Int { image.layout.count }

    /// The word at a position.
    ///
    /// - Precondition: The position is one of ``startIndex`` ..< ``endIndex``.
    public subscript(position: Int) -> String {
      precondition(indices.contains(position), "There are \(count) words, and none at \(position).")
      return image.withWord(position) { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether both hold the same words in the same order.
    public static func == (a: Self, b: Self) -> Bool { a.elementsEqual(b) }
  }
}
