import Foundation

/// Reads the binary form of word2vec: after the header a word, a blank and its values as `Float`, again and again.
///
/// A line end may follow each vector. The last word has to end the file.
struct WordBinaryReader: WordReader {
  private let name: String
  private let limits: WordVectors.Limits
  private let expected: Int
  private var builder: WordImageBuilder

  /// Begins at the first word.
  init(name: String, limits: WordVectors.Limits, header: WordHeader) {
    (self.name, self.limits) = (name, limits)
    expected = header.count
    builder = WordImageBuilder(dimension: header.dimension)
  }

  mutating func read(
    _ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool
  ) throws(WordVectorsError) -> Int {
    let width = 4 * builder.dimension
    var place = 0
    while builder.count < expected {
      let start = place < window.count && window[place] == 0x0A ? place + 1 : place
      let blank = window[start...].prefix(limits.lineBytes + 1).firstIndex(of: 0x20)
      if blank == nil {
        try limits.check(.lineBytes, window.count - start, name: name, offset: offset + start)
      }
      guard let blank, window.count - blank - 1 >= width else {
        if !isLast { return place }
        throw .truncated(
          name: name, offset: offset + window.count, expected: expected, words: builder.count)
      }
      let values = blank + 1..<blank + 1 + width
      try append(window[start..<blank], UnsafeRawBufferPointer(rebasing: window[values]), offset + start)
      place = values.upperBound
    }
    let rest = window[place...]
    if rest.count > 1 || rest.first.map({ $0 != 0x0A }) == true {
      throw .trailingBytes(name: name, offset: offset + place)
    }
    return isLast ? window.count : place
  }

  consuming func finish(at offset: Int) throws(WordVectorsError) -> WordImage { builder.finish() }

  private mutating func append(
    _ word: Slice<UnsafeRawBufferPointer>, _ values: UnsafeRawBufferPointer, _ offset: Int
  ) throws(WordVectorsError) {
    var words = WordLines.Words()
    words.append(UnsafeRawBufferPointer(rebasing: word), isASCII: word.allSatisfy { $0 < 0x80 })
    try limits.check(.wordBytes, builder.wordBytes + words.bytes.count, name: name, offset: offset)
    let room = UnsafeMutableRawBufferPointer(builder.room(for: 1))
    room.copyMemory(from: values)
    let numbers = room.bindMemory(to: Float.self)
    if !numbers.allSatisfy(\.isFinite), let bad = numbers.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(
        name: name, offset: offset + word.count + 1 + 4 * bad,
        word: String(decoding: words.bytes, as: UTF8.self))
    }
    builder.append(words: words.bytes, ends: words.ends, fromRow: 0)
  }
}
