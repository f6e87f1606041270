import Foundation
import LatentCore

/// Reads text with a word a line, as it comes, on several threads.
///
/// The lines of a window are counted first; so each thread knows where in the matrix its vectors go, and no number is
/// moved afterwards.
struct WordTextReader: WordReader {
  private let name: String
  private let limits: WordVectors.Limits
  private let threads: Int
  private let header: WordHeader?
  private var line: Int
  private var builder: WordImageBuilder?

  /// Begins at the first line, or at the second one after a header.
  init(name: String, limits: WordVectors.Limits, header: WordHeader?, threads: Int) {
    (self.name, self.limits, self.header, self.threads) = (name, limits, header, threads)
    line = header == nil ? 1 : 2
  }

  mutating func read(
    _ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool
  ) throws(WordVectorsError) -> Int {
    let end = isLast ? window.count : (window.lastIndex(of: 0x0A) ?? -1) + 1
    if end == 0 {
      try limits.check(.lineBytes, window.count, name: name, offset: offset)
      return 0
    }
    let lines = UnsafeRawBufferPointer(rebasing: window[..<end])
    if builder == nil { builder = try firstBuilder(lines, offset) }
    guard var filled = builder.take() else { return end }
    try read(lines, at: offset, into: &filled)
    builder = filled
    return end
  }

  consuming func finish(at offset: Int) throws(WordVectorsError) -> WordImage {
    let count = builder?.count ?? 0
    if let header, header.count != count {
      throw .wrongWordCount(name: name, offset: offset, expected: header.count, got: count)
    }
    guard let builder, count > 0 else { throw .empty(name: name) }
    return builder.finish()
  }

  /// Takes the dimension from the first line that is not empty; nil, after counting the lines, when all are.
  private mutating func firstBuilder(
    _ window: UnsafeRawBufferPointer, _ offset: Int
  ) throws(WordVectorsError) -> WordImageBuilder? {
    let bytes = window.bindMemory(to: UInt8.self).span
    var start = 0
    var number = line
    while start < bytes.count {
      let (text, next) = bytes.line(from: start)
      if !text.isEmpty {
        if let header { return WordImageBuilder(dimension: header.dimension) }
        try limits.check(.lineBytes, text.count, name: name, offset: offset + start)
        let dimension = bytes.numberCount(in: text)
        guard dimension > 0 else {
          throw .wrongValueCount(name: name, line: number, offset: offset + start, expected: 1, got: 0)
        }
        try limits.check(.dimension, dimension, name: name, offset: offset + start)
        return WordImageBuilder(dimension: dimension)
      }
      start = next
      number += 1
    }
    line = number
    return nil
  }

  private mutating func read(
    _ window: UnsafeRawBufferPointer, at offset: Int, into builder: inout WordImageBuilder
  ) throws(WordVectorsError) {
    let dimension = builder.dimension
    // More parts than threads, so that a thread that was kept waiting leaves some to the others.
    nonisolated(unsafe) let parts = Self.parts(of: window, count: threads == 1 ? 1 : 4 * threads).map {
      WordLines(
        window: window, range: $0, offset: offset, dimension: dimension, lineBytes: limits.lineBytes,
        name: name)
    }
    let counts = Kernels.concurrently(parts.count, threads: threads) { parts[$0].count() }
    var firstLines = [line]
    var firstRows = [0]
    for (part, count) in counts.enumerated() {
      firstLines.append(firstLines[part] + count.lines)
      firstRows.append(firstRows[part] + count.rows)
    }
    nonisolated(unsafe) let room = builder.room(for: firstRows[parts.count])
    let (lines, rows) = (firstLines, firstRows)
    let results = Kernels.concurrently(parts.count, threads: threads) { part in
      let range = rows[part] * dimension..<rows[part + 1] * dimension
      return Result { () throws(WordVectorsError) in
        try parts[part].read(
          into: UnsafeMutableBufferPointer(rebasing: room[range]), firstLine: lines[part])
      }
    }
    let before = builder.count
    for (part, result) in results.enumerated() {
      let words = try result.get()
      let first = offset + parts[part].range.lowerBound
      try limits.check(.words, builder.count + words.ends.count, name: name, offset: first)
      try limits.check(.wordBytes, builder.wordBytes + words.bytes.count, name: name, offset: first)
      builder.append(words: words.bytes, ends: words.ends, fromRow: before + rows[part] - builder.count)
    }
    line = lines[parts.count]
  }

  /// Cuts the window at line ends into parts of about equal size.
  private static func parts(of window: UnsafeRawBufferPointer, count: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    for part in 1...count where start < window.count {
      let target = max(window.count * part / count, start + 1)
      let end = window.nextLine(from: target - 1)
      parts.append(start..<end)
      start = end
    }
    return parts
  }
}
