/// Takes integers and bytes of a file one after the other, and cannot leave the file.
///
/// Integers are little-endian, as in zip archives, pickles and PyTorch's own format alike.
struct ByteReader {
  /// The path, for errors.
  let file: String
  /// Where the next byte is taken.
  private(set) var position: Int
  /// Where in the file that is.
  var offset: Int { start + position }
  private let bytes: UnsafeRawBufferPointer
  private let start: Int
  private let limit: (name: String, value: Int)?

  /// Makes a reader of `bytes` from `position` on, which for errors begin at `start` of the file.
  ///
  /// - Parameters:
  ///   - bytes: What may be read.
  ///   - file: The path.
  ///   - position: At least 0; reading throws when it is behind the end.
  ///   - start: Where in the file the bytes lie, or what they are inflated from.
  ///   - limit: The limit, where `bytes` end because of one and not with what they are part of.
  init(
    _ bytes: UnsafeRawBufferPointer, of file: String, at position: Int, startingAt start: Int = 0,
    limit: (name: String, value: Int)? = nil
  ) {
    (self.bytes, self.file, self.position, self.start, self.limit) = (bytes, file, position, start, limit)
  }

  /// Takes an integer of `type`.
  mutating func integer<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ type: Stored.Type
  ) throws(TensorFileError) -> Int {
    let offset = start + position
    let stored = Stored(littleEndian: try take(MemoryLayout<Stored>.size).loadUnaligned(as: type))
    guard let value = Int(exactly: stored) else {
      throw .malformed(file: file, offset: offset, reason: "the number \(stored) is beyond all sizes")
    }
    return value
  }

  /// Takes `count` bytes.
  mutating func take(_ count: Int) throws(TensorFileError) -> UnsafeRawBufferPointer {
    let rest = max(bytes.count - position, 0)
    guard count >= 0, count <= rest else {
      if let limit {
        throw .limitExceeded(file: file, offset: start + position, limit: limit.name, expected: limit.value)
      }
      throw .truncated(file: file, offset: start + position, expected: count, got: rest)
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// Takes `count` bytes of UTF-8.
  mutating func text(_ count: Int) throws(TensorFileError) -> String {
    let offset = start + position
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw .malformed(file: file, offset: offset, reason: "a text is not UTF-8")
    }
    return text
  }

  /// Takes UTF-8 up to the next line feed, and that line feed.
  mutating func line() throws(TensorFileError) -> String {
    let rest = bytes[min(position, bytes.count)...].prefix(Self.longestLine)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      // Names are short, so nothing is lost by not looking for the end of a line to the end of a large file.
      if rest.count < Self.longestLine { _ = try take(rest.count + 1) }
      throw .malformed(
        file: file, offset: start + position, reason: "a line does not end within \(rest.count) bytes")
    }
    let line = try text(end - position)
    position = end + 1
    return line
  }

  private static let longestLine = 4096
}
