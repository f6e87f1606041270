import Foundation
import LatentCore

/// Vectors of words, read from a text file of the kind GloVe publishes.
///
/// The vectors are kept as the file gives them, in its order, which for GloVe is from the most frequent word to the
/// rarest.
public struct WordVectors: Sendable {
  /// The length of every vector.
  public let dimension: Int
  /// The words in file order, each once.
  public let words: [String]
  /// `words.count` rows of `dimension` values.
  private let values: [Float]
  private let index: [String: Int]

  /// How many words there are.
  public var count: Int { words.count }

  /// Makes vectors of words, one row of equal length for each.
  ///
  /// - Precondition: There is a word, and as many values for each; no word comes twice.
  public init(words: [String], values: [Float]) {
    precondition(
      !words.isEmpty && !values.isEmpty && values.count % words.count == 0,
      "\(words.count) words cannot share \(values.count) values.")
    dimension = values.count / words.count
    (self.words, self.values) = (words, values)
    index = Dictionary(uniqueKeysWithValues: zip(words, words.indices))
  }

  /// Reads a text file with one word a line, its values after it, all separated by blanks.
  ///
  /// Values are counted from the right, since words may hold blanks (GloVe 840B has `. . .`). A first line of two
  /// integers is taken for the header of a word2vec text file. Of a word that comes twice the first vector is kept;
  /// bytes of a word that are not UTF-8 are replaced.
  ///
  /// - Throws: ``FileError`` when the file cannot be read, ``WordVectorsError`` with the line when one is malformed.
  public init(contentsOf url: URL) throws {
    let data = try File.contents(of: url)
    try self.init(text: data, name: url.lastPathComponent)
  }

  /// Reads the contents of such a file.
  ///
  /// - Parameters:
  ///   - text: The whole file.
  ///   - name: What errors call it.
  /// - Throws: ``WordVectorsError`` with the line when one is malformed.
  public init(text: Data, name: String) throws(WordVectorsError) {
    let bytes = text.span
    var start = 0
    var lineNumber = 0
    var lineCount = 0
    var header: Header?
    var dimension = 0
    var words: [String] = []
    var values: [Float] = []
    var index: [String: Int] = [:]
    var vector: [Float] = []

    while start < bytes.count {
      let (line, next) = bytes.line(from: start)
      start = next
      lineNumber += 1
      if line.isEmpty { continue }
      if dimension == 0 {
        if lineNumber == 1, let found = Header(in: bytes, line: line) {
          header = found
          dimension = found.dimension
          continue
        }
        dimension = Self.numberCount(in: bytes, line: line)
        guard dimension > 0 else {
          throw .wrongValueCount(name: name, line: lineNumber, expected: 1, got: 0)
        }
        vector.reserveCapacity(dimension)
        let guess = bytes.count / (next - line.lowerBound) + 1
        words.reserveCapacity(guess)
        values.reserveCapacity(guess * dimension)
        index.reserveCapacity(guess)
      }
      let word = try Self.parse(
        bytes, line: line, dimension: dimension, into: &vector, name: name, lineNumber: lineNumber)
      lineCount += 1
      if index[word] == nil {
        index[word] = words.count
        words.append(word)
        values.append(contentsOf: vector.reversed())
      }
    }
    if let header, header.count != lineCount {
      throw .wrongWordCount(name: name, expected: header.count, got: lineCount)
    }
    guard !words.isEmpty else { throw .empty(name: name) }
    self.dimension = dimension
    self.words = words
    self.values = values
    self.index = index
  }

  /// The vector of `word` as it is written or else in lower case; nil when there is none.
  public subscript(word: String) -> [Float]? { position(of: word).map { Array(row($0)) } }

  /// Returns the vector of `word`.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)`` when there is none.
  public func vector(for word: String) throws(WordVectorsError) -> [Float] {
    guard let vector = self[word] else { throw .unknownWord(word, suggestions: suggestions(for: word)) }
    return vector
  }

  /// Where `word`, or else its lower case, stands in ``words``; nil when it is not there.
  func position(of word: String) -> Int? { index[word] ?? index[word.lowercased()] }

  /// All vectors, one row a word.
  package var matrix: Tensor { Tensor(shape: [count, dimension], elements: values) }

  /// The values of the word at `position`.
  func row(_ position: Int) -> ArraySlice<Float> { values[position * dimension..<(position + 1) * dimension] }
}

// MARK: - Parsing

extension WordVectors {
  /// The first line of a word2vec text file: how many words, how many values each.
  private struct Header {
    let count: Int
    let dimension: Int

    init?(in bytes: borrowing Span<UInt8>, line: Range<Int>) {
      let fields = bytes.fields(in: line)
      guard fields.count == 2, let count = Int(bytes.text(fields[0])),
        let dimension = Int(bytes.text(fields[1])),
        count > 0, dimension > 0
      else { return nil }
      self.count = count
      self.dimension = dimension
    }
  }

  /// Fills `vector` with the last `dimension` numbers of the line, backwards, and returns the word before them.
  private static func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, dimension: Int, into vector: inout [Float],
    name: String, lineNumber: Int
  ) throws(WordVectorsError) -> String {
    vector.removeAll(keepingCapacity: true)
    var rest = line
    while vector.count < dimension {
      let field = bytes.lastField(in: rest)
      guard field.lowerBound > line.lowerBound else {
        throw .wrongValueCount(name: name, line: lineNumber, expected: dimension, got: vector.count)
      }
      guard let value = bytes.float(in: field) else {
        throw .notANumber(name: name, line: lineNumber, text: bytes.text(field))
      }
      vector.append(value)
      rest = line.lowerBound..<field.lowerBound
    }
    let lastPart = bytes.lastField(in: rest)
    let word = line.lowerBound..<lastPart.upperBound
    if word.isEmpty { throw .missingWord(name: name, line: lineNumber) }
    // A word may hold blanks, but one that ends in a number is a vector that is too long.
    if lastPart.lowerBound > line.lowerBound, bytes.float(in: lastPart) != nil {
      throw .wrongValueCount(
        name: name, line: lineNumber, expected: dimension, got: numberCount(in: bytes, line: line))
    }
    return bytes.text(word)
  }

  /// How many numbers stand at the end of the line, after at least one field that is the word.
  private static func numberCount(in bytes: borrowing Span<UInt8>, line: Range<Int>) -> Int {
    let fields = bytes.fields(in: line).dropFirst()
    return fields.reversed().prefix { bytes.float(in: $0) != nil }.count
  }
}
