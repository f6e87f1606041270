import Foundation
import LatentCore

/// Gathers words and vectors, and makes them an image.
///
/// The vectors are written where the image has them, so that they are never copied.
struct WordImageBuilder {
  let dimension: Int
  /// The number of bytes of the words so far.
  var wordBytes: Int { words.count }
  /// The number of words so far, those that come twice included.
  var count: Int { ends.count }

  private let memory = GrowingMemory()
  private var words: [UInt8] = []
  private var ends: [UInt32] = []

  init(dimension: Int) { self.dimension = dimension }

  /// Makes room for `rows` vectors after those that are there; the room is valid until the next call.
  func room(for rows: Int) -> UnsafeMutableBufferPointer<Float> {
    let start = rowOffset(count)
    let needed = rowOffset(count + rows)
    if memory.bytes.count < needed { memory.resize(to: max(needed, 2 * memory.bytes.count)) }
    return UnsafeMutableRawBufferPointer(rebasing: memory.bytes[start..<needed]).bindMemory(to: Float.self)
  }

  /// Adds words whose vectors stand in the room that was made, from its row `offset` on.
  ///
  /// - Parameters:
  ///   - words: The words in UTF-8, without anything between them.
  ///   - ends: Where each ends.
  ///   - offset: The row of the first one's vector.
  mutating func append(words: [UInt8], ends: [UInt32], fromRow offset: Int) {
    let gap = rowOffset(count + offset)
    let place = rowOffset(count)
    if gap != place, let base = memory.bytes.baseAddress {
      memmove(base + place, base + gap, ends.count * 4 * dimension)
    }
    let base = UInt32(self.words.count)
    self.words.append(contentsOf: words)
    self.ends.append(contentsOf: ends.lazy.map { base + $0 })
  }

  /// Drops words that came before, indexes the others and lays everything out.
  ///
  /// - Precondition: There is a word.
  consuming func finish() -> WordImage {
    var index = words.withUnsafeBytes { WordIndex(bytes: $0, ends: ends) }
    if !index.repeated.isEmpty {
      drop(index.repeated)
      index = words.withUnsafeBytes { WordIndex(bytes: $0, ends: ends) }
    }
    guard
      let layout = WordImage.Layout(count: ends.count, dimension: dimension, wordBytes: words.count)
    else {
      preconditionFailure("\(ends.count) words of \(dimension) values and \(words.count) bytes are too many.")
    }
    memory.resize(to: layout.size)
    func fill(_ part: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
      UnsafeMutableRawBufferPointer(rebasing: memory.bytes[part]).copyMemory(from: bytes)
    }
    layout.header.withUnsafeBytes { fill(0..<WordImage.Layout.headerSize, $0) }
    ([0] + ends).withUnsafeBytes { fill(layout.starts, $0) }
    index.bucketStarts.withUnsafeBytes { fill(layout.bucketStarts, $0) }
    index.entries.withUnsafeBytes { fill(layout.entries, $0) }
    words.withUnsafeBytes { fill(layout.words, $0) }
    return WordImage(memory.finish(), layout: layout)
  }

  private mutating func drop(_ positions: [Int]) {
    var dropped = positions[...]
    var keptWords: [UInt8] = []
    var keptEnds: [UInt32] = []
    keptWords.reserveCapacity(words.count)
    keptEnds.reserveCapacity(ends.count)
    var start = 0
    for (position, end) in ends.enumerated() {
      if dropped.first == position {
        dropped.removeFirst()
      } else {
        if keptEnds.count != position, let base = memory.bytes.baseAddress {
          memcpy(base + rowOffset(keptEnds.count), base + rowOffset(position), 4 * dimension)
        }
        keptWords.append(contentsOf: words[start..<Int(end)])
        keptEnds.append(UInt32(keptWords.count))
      }
      start = Int(end)
    }
    (words, ends) = (keptWords, keptEnds)
  }

  private func rowOffset(_ row: Int) -> Int { WordImage.Layout.headerSize + row * 4 * dimension }
}
