import LatentCore

/// Makes an image from the bytes of a file, as they come.
protocol WordReader {
  /// Reads what is complete at the start of the window.
  ///
  /// - Parameters:
  ///   - window: The next bytes of the file.
  ///   - offset: Where they begin in the file.
  ///   - isLast: Whether the file ends with them; then all of them have to be read.
  /// - Returns: How many bytes were read; the next window begins after them, and is longer when there were none.
  /// - Throws: ``WordVectorsError`` when they are malformed.
  mutating func read(
    _ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool
  ) throws(WordVectorsError) -> Int

  /// Makes the image, after the last window.
  ///
  /// - Parameter offset: Where the file ended.
  /// - Returns: The image.
  /// - Throws: ``WordVectorsError`` when something is missing.
  consuming func finish(at offset: Int) throws(WordVectorsError) -> WordImage
}

/// The bytes of a file in order, inflated where they are compressed, a window at a time.
///
/// Of an inflated text only the window is held.
struct WordInput {
  /// The bytes that were not yet read.
  var window: UnsafeRawBufferPointer {
    inflater == nil
      ? UnsafeRawBufferPointer(rebasing: file[start..<end])
      : UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(inflated.bytes)[..<end])
  }
  /// Where the window begins in the file, or in what it inflates to.
  private(set) var offset = 0
  /// Whether the bytes are inflated.
  var isCompressed: Bool { inflater != nil }
  /// Whether the window reaches the end.
  var isLast: Bool { inflater.map(\.isFinished) ?? (end == file.count) }

  private let file: UnsafeRawBufferPointer
  private let inflater: Inflater?
  private let inflated = GrowingMemory()
  private let name: String
  private let limits: WordVectors.Limits
  // The window is file[start..<end], or inflated[..<end].
  private var start = 0
  private var end = 0

  private static let length = 1 << 24

  /// Opens the first window.
  init(_ file: UnsafeRawBufferPointer, name: String, limits: WordVectors.Limits) throws(WordVectorsError) {
    (self.file, self.name, self.limits) = (file, name, limits)
    inflater = file.starts(with: Inflater.gzipMagic) ? Inflater(.gzip) : nil
    try extend(to: Self.length)
  }

  /// Moves the window's start behind `count` bytes; a window of which nothing was read is made twice as long.
  mutating func advance(by count: Int) throws(WordVectorsError) {
    let length = count == 0 ? 2 * (end - start) : Self.length
    offset += count
    if inflater == nil {
      start += count
    } else {
      let rest = UnsafeRawBufferPointer(rebasing: window[count...])
      UnsafeMutableRawBufferPointer(inflated.bytes).copyMemory(from: rest)
      end -= count
    }
    try extend(to: length)
  }

  private mutating func extend(to length: Int) throws(WordVectorsError) {
    guard let inflater else {
      end = start + min(length, file.count - start)
      return
    }
    if inflated.bytes.count < length { inflated.resize(to: length) }
    // A byte more than is allowed tells whether there would be more.
    let most = limits.inflatedBytes - offset
    let room = min(length, most < Int.max ? most + 1 : most)
    guard room > end else { return }
    do {
      end += try inflater.fill(
        UnsafeMutableRawBufferPointer(rebasing: inflated.bytes[end..<room]), from: file)
    } catch {
      throw .notInflatable(name: name, offset: error.offset, reason: error.reason)
    }
    try limits.check(.inflatedBytes, offset + end, name: name, offset: limits.inflatedBytes)
  }

  /// Gives everything to the reader.
  consuming func read(by reader: consuming some WordReader) throws(WordVectorsError) -> WordImage {
    while true {
      let window = window
      let count = try reader.read(window, at: offset, isLast: isLast)
      if isLast { return try reader.finish(at: offset + window.count) }
      try advance(by: count)
    }
  }
}
