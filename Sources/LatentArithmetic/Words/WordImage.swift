import Foundation
import LatentCore

/// Words, their vectors and an index of the words, as one block of bytes that lies in memory or in a file.
///
/// Vectors that were read from text are the same bytes as their file of this form, so that there is one way to look
/// something up. Only the sizes are checked when a file is opened, and every number read from the bytes when it is
/// used: a word whose place is impossible is empty, and an entry of the index that is impossible finds nothing. A
/// lookup touches the pages of its bucket, of the words compared and of the row.
struct WordImage: Sendable {
  /// Where the bytes are.
  enum Storage: Sendable {
    case mapped(MappedFile)
    case memory(Data)
  }

  let layout: Layout
  private let storage: Storage

  /// Takes bytes that have just been laid out.
  init(_ memory: Data, layout: Layout) { (storage, self.layout) = (.memory(memory), layout) }

  /// Opens an image and checks its first bytes.
  init(_ storage: Storage, name: String, limits: WordVectors.Limits) throws(WordVectorsError) {
    self.storage = storage
    layout = try Self.withBytes(of: storage) { bytes throws(WordVectorsError) in
      try Layout(of: bytes, name: name, limits: limits)
    }
    // Without this the system reads a hundred kilobytes around each page that a lookup touches.
    withBytes { advise($0, MADV_RANDOM) }
  }

  /// Lends all bytes.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Self.withBytes(of: storage, body)
  }

  private static func withBytes<Result, Failure: Error>(
    of storage: Storage, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .mapped(let file): return try file.withBytes(body)
    case .memory(let memory): return try memory.withRawBytes(body)
    }
  }

  /// Lends the values of the words in `positions`, row by row.
  func withRows<Result>(_ positions: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    let width = 4 * layout.dimension
    let first = layout.values.lowerBound
    return withBytes { bytes in
      let rows = UnsafeRawBufferPointer(
        rebasing: bytes[first + positions.lowerBound * width..<first + positions.upperBound * width])
      if positions.count > 1 { advise(rows, MADV_WILLNEED) }
      return body(rows.bindMemory(to: Float.self))
    }
  }

  /// Lends the bytes of the word at `position`.
  func withWord<Result>(_ position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withBytes { bytes in body(word(position, in: bytes)) }
  }

  /// The position of the word that is exactly `word`, nil when there is none.
  func position(of word: UnsafeRawBufferPointer) -> Int? {
    withBytes { bytes in
      let bucket = WordIndex.bucket(of: word, bits: layout.bucketBits)
      var low = number(bucket, of: layout.bucketStarts, in: bytes)
      var high = min(number(bucket + 1, of: layout.bucketStarts, in: bytes), layout.count)
      while low < high {
        let middle = (low + high) / 2
        let position = number(middle, of: layout.entries, in: bytes)
        guard position < layout.count else { return nil }
        let order = WordIndex.order(word, self.word(position, in: bytes))
        if order == 0 { return position }
        if order < 0 { high = middle } else { low = middle + 1 }
      }
      return nil
    }
  }

  /// Tells the system how bytes of a mapped file will be read; that it does not listen is no error.
  private func advise(_ bytes: UnsafeRawBufferPointer, _ advice: Int32) {
    guard case .mapped = storage, let start = bytes.baseAddress else { return }
    let lead = Int(bitPattern: start) % Int(sysconf(Int32(_SC_PAGESIZE)))
    madvise(UnsafeMutableRawPointer(mutating: start - lead), bytes.count + lead, advice)
  }

  private func word(_ position: Int, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let start = number(position, of: layout.starts, in: bytes)
    let end = number(position + 1, of: layout.starts, in: bytes)
    guard start <= end, end <= layout.words.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(
      rebasing: bytes[layout.words.lowerBound + start..<layout.words.lowerBound + end])
  }

  private func number(_ index: Int, of part: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Int {
    let offset = part.lowerBound + 4 * index
    precondition(part.contains(offset), "Number \(index) lies outside a part of \(part.count / 4).")
    return Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }
}
