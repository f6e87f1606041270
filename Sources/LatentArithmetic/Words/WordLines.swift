import Foundation
import LatentCore

/// Some lines of a text file, each a word and its numbers.
///
/// Lines are read from the left at full speed as long as they hold one blank before each of their numbers. Any other
/// line is read from the right: words may hold blanks, and what is wrong has to be found.
struct WordLines {
  /// The bytes around the lines, which may be read beyond them.
  let window: UnsafeRawBufferPointer
  let range: Range<Int>
  /// Where the window begins in the file.
  let offset: Int
  let dimension: Int
  let lineBytes: Int
  let name: String

  /// The words of lines, one after the other, and where each ends.
  struct Words: Sendable {
    var bytes: [UInt8] = []
    var ends: [UInt32] = []

    /// Adds a word, with what is not UTF-8 repaired.
    mutating func append(_ word: UnsafeRawBufferPointer, isASCII: Bool) {
      if isASCII {
        bytes.append(contentsOf: word)
      } else {
        bytes.append(contentsOf: String(decoding: word, as: UTF8.self).utf8)
      }
      ends.append(UInt32(bytes.count))
    }
  }

  /// How many lines there are, and how many of them are long enough to hold a vector.
  func count() -> (lines: Int, rows: Int) {
    var (lines, rows) = (0, 0)
    var start = range.lowerBound
    while start < range.upperBound {
      let next = window.nextLine(from: start)
      lines += 1
      if next - start >= 2 * dimension { rows += 1 }
      start = next
    }
    return (lines, rows)
  }

  /// Reads all lines that are not empty.
  ///
  /// - Parameters:
  ///   - rows: Where the vectors go, with room for as many as ``count()`` found.
  ///   - firstLine: The number of the first line, from 1.
  /// - Returns: The words of the vectors.
  /// - Throws: ``WordVectorsError`` with the first line that is malformed.
  func read(
    into rows: UnsafeMutableBufferPointer<Float>, firstLine: Int
  ) throws(WordVectorsError) -> Words {
    try DecimalNumber.withPowers { powers throws(WordVectorsError) in
      var words = Words()
      words.ends.reserveCapacity(rows.count / dimension)
      var start = range.lowerBound
      var line = firstLine
      while start < range.upperBound {
        let row = UnsafeMutableBufferPointer(rebasing: rows[(words.ends.count * dimension)...])
        let fast = row.isEmpty ? nil : readFast(from: start, into: row, powers: powers)
        if let fast {
          guard fast.next - start <= lineBytes else { throw tooLong(start..<fast.next) }
          let word = window[start..<start + fast.wordCount]
          words.append(UnsafeRawBufferPointer(rebasing: word), isASCII: fast.isASCII)
          start = fast.next
        } else {
          let (text, next) = window.bindMemory(to: UInt8.self).span.line(from: start)
          guard text.count <= lineBytes else { throw tooLong(text) }
          if !text.isEmpty {
            let word = try read(text, into: row, line: line)
            words.append(UnsafeRawBufferPointer(rebasing: window[word]), isASCII: false)
          }
          start = next
        }
        line += 1
      }
      return words
    }
  }

  private func tooLong(_ line: Range<Int>) -> WordVectorsError {
    .beyondLimit(
      name: name, offset: offset + line.lowerBound, what: WordVectors.Limits.Kind.lineBytes.rawValue,
      limit: lineBytes, got: line.count)
  }

  // MARK: - From the left

  /// Reads a line of a word without blanks and `dimension` numbers, nil when it is any other.
  private func readFast(
    from start: Int, into row: UnsafeMutableBufferPointer<Float>, powers: DecimalNumber.Powers
  ) -> (wordCount: Int, isASCII: Bool, next: Int)? {
    guard window.count >= DecimalNumber.reach, row.count >= dimension, let row = row.baseAddress,
      let base = window.bindMemory(to: UInt8.self).baseAddress
    else { return nil }
    let safeEnd = base + (window.count - DecimalNumber.reach)
    var place = base + start
    var all: UInt8 = 0
    while place <= safeEnd, place.pointee > 0x20 {
      all |= place.pointee
      place += 1
    }
    let wordCount = place - (base + start)
    guard place <= safeEnd, wordCount > 0 else { return nil }
    for index in 0..<dimension {
      guard place < safeEnd, place.pointee == 0x20 else { return nil }
      place += 1
      let first = place
      if let value = DecimalNumber.read(&place, powers: powers) {
        row[index] = value
      } else {
        place = first
        while place <= safeEnd, place.pointee > 0x20 { place += 1 }
        let bytes = UnsafeBufferPointer(start: first, count: place - first).span
        guard place <= safeEnd, let value = bytes.float(in: 0..<bytes.count) else { return nil }
        row[index] = value
      }
    }
    while place <= safeEnd, place.pointee == 0x20 || place.pointee == 0x0D || place.pointee == 0x09 {
      place += 1
    }
    guard place <= safeEnd, place.pointee == 0x0A else { return nil }
    return (wordCount, all < 0x80, place - base + 1)
  }

  // MARK: - From the right

  /// Fills `row` with the last `dimension` numbers of the line and returns where the word before them is.
  private func read(
    _ line: Range<Int>, into row: UnsafeMutableBufferPointer<Float>, line number: Int
  ) throws(WordVectorsError) -> Range<Int> {
    let bytes = window.bindMemory(to: UInt8.self).span
    guard line.count >= 2 * dimension else {
      throw .wrongValueCount(
        name: name, line: number, offset: offset + line.lowerBound, expected: dimension,
        got: bytes.numberCount(in: line))
    }
    var rest = line
    for index in (0..<dimension).reversed() {
      let field = bytes.lastField(in: rest)
      guard field.lowerBound > line.lowerBound else {
        throw .wrongValueCount(
          name: name, line: number, offset: offset + line.lowerBound, expected: dimension,
          got: dimension - 1 - index)
      }
      guard let value = bytes.float(in: field) else {
        throw .notANumber(
          name: name, line: number, offset: offset + field.lowerBound, text: bytes.text(field))
      }
      row[index] = value
      rest = line.lowerBound..<field.lowerBound
    }
    let lastPart = bytes.lastField(in: rest)
    // A word may hold blanks, but one that ends in a number is a vector that is too long.
    if lastPart.lowerBound > line.lowerBound, bytes.float(in: lastPart) != nil {
      throw .wrongValueCount(
        name: name, line: number, offset: offset + line.lowerBound, expected: dimension,
        got: bytes.numberCount(in: line))
    }
    return line.lowerBound..<max(lastPart.upperBound, line.lowerBound)
  }
}

extension Span<UInt8> {
  /// How many numbers stand at the end of the line, after the word, which is empty where the line begins with a blank.
  func numberCount(in line: Range<Int>) -> Int {
    let fields = fields(in: line)
    let hasWord = fields.first?.lowerBound == line.lowerBound
    return fields.dropFirst(hasWord ? 1 : 0).reversed().prefix { float(in: $0) != nil }.count
  }
}

extension UnsafeRawBufferPointer {
  /// Where the line after the one that holds `start` begins, or the end.
  func nextLine(from start: Int) -> Int {
    guard let baseAddress, let found = memchr(baseAddress + start, 0x0A, count - start) else { return count }
    return UnsafeRawPointer(found) - baseAddress + 1
  }
}
