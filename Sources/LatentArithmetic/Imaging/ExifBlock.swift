import Foundation

/// A well-formed TIFF block of Exif: how the camera was held, and the block as it is after turning the image.
struct ExifBlock {
  /// How to turn the stored image, upright if the block does not say.
  let orientation: Orientation
  /// The block with its orientation set to upright, and with zeros for the images in it.
  ///
  /// The images are the thumbnail of the second directory, and whatever else is a whole JPEG file: cameras put previews
  /// into blocks of their own.
  let upright: Data

  /// Reads the first directory of the block (TIFF 6.0, §2), or returns nil when that is malformed.
  init?(_ data: Data) {
    guard var block = TIFFBlock(data), let first = block.directory(at: block.integer(at: 4, bytes: 4)) else {
      return nil
    }
    var orientation = Orientation.upright
    for entry in first.entries where entry.tag == 0x0112 {
      orientation = UInt16(exactly: entry.value).flatMap(Orientation.init(rawValue:)) ?? .upright
      block.set(entry, to: 1)
    }
    self.orientation = orientation
    // The second directory is the thumbnail's. Nobody finds one by a pointer that is 0.
    if first.next + 4 <= block.bytes.count {
      if let second = block.directory(at: block.integer(at: first.next, bytes: 4)) {
        block.clearImages(of: second)
      }
      block.clear(first.next..<first.next + 4)
    }
    block.clearJPEGFiles()
    upright = Data(block.bytes)
  }
}

/// The bytes of a TIFF block: a header, and directories, each a count, entries of 12 bytes and where the next begins.
private struct TIFFBlock {
  /// A tag and its one value; of several values, where they are.
  struct Entry {
    let offset: Int
    let tag: Int
    /// 2 or 4 bytes.
    let length: Int
    let count: Int
    let value: Int
  }

  struct Directory {
    let offset: Int
    let entries: [Entry]
    /// Where it says where the next one begins.
    var next: Int { offset + 2 + entries.count * 12 }
  }

  private(set) var bytes: [UInt8]
  private let isLittleEndian: Bool

  init?(_ data: Data) {
    bytes = [UInt8](data)
    guard bytes.count >= 8 else { return nil }
    isLittleEndian = bytes[0] == UInt8(ascii: "I")
    let byteOrder = isLittleEndian ? "II" : "MM"
    guard bytes.starts(with: Array(byteOrder.utf8)), integer(at: 2, bytes: 2) == 42 else { return nil }
  }

  func integer(at offset: Int, bytes length: Int) -> Int {
    let digits = bytes[offset..<offset + length]
    return isLittleEndian
      ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The directory at an offset, nil where it is not whole.
  ///
  /// An entry is the tag, the type (3 is 2 bytes long, 4 is 4), the number of values and, at byte 8, the value.
  func directory(at offset: Int) -> Directory? {
    guard offset >= 8, offset + 2 <= bytes.count else { return nil }
    let count = integer(at: offset, bytes: 2)
    guard offset + 2 + count * 12 <= bytes.count else { return nil }
    return Directory(
      offset: offset,
      entries: (0..<count).map { index in
        let entry = offset + 2 + index * 12
        let length = integer(at: entry + 2, bytes: 2) == 4 ? 4 : 2
        return Entry(
          offset: entry, tag: integer(at: entry, bytes: 2), length: length,
          count: integer(at: entry + 4, bytes: 4), value: integer(at: entry + 8, bytes: length))
      })
  }

  mutating func set(_ entry: Entry, to value: UInt8) {
    let start = entry.offset + 8
    clear(start..<start + entry.length)
    bytes[isLittleEndian ? start : start + entry.length - 1] = value
  }

  /// Zeros for bytes, as far as they are in the block.
  mutating func clear(_ range: Range<Int>) {
    for index in range.clamped(to: bytes.indices) { bytes[index] = 0 }
  }

  /// Clears a directory, and the one image that it says the place of: a JPEG file's, or the strips of rows.
  mutating func clearImages(of directory: Directory) {
    func values(_ tag: Int) -> [Int] {
      guard let entry = directory.entries.first(where: { $0.tag == tag }) else { return [] }
      if entry.count * entry.length <= 4 {
        return (0..<entry.count).map {
          integer(at: entry.offset + 8 + $0 * entry.length, bytes: entry.length)
        }
      }
      let start = integer(at: entry.offset + 8, bytes: 4)
      guard start + entry.count * entry.length <= bytes.count else { return [] }
      return (0..<entry.count).map { integer(at: start + $0 * entry.length, bytes: entry.length) }
    }
    let places =
      zip(values(0x0201), values(0x0202)).map { $0..<$0 + $1 }
      + zip(values(0x0111), values(0x0117)).map { $0..<$0 + $1 }
    for place in places { clear(place) }
    clear(directory.offset..<directory.next + 4)
  }

  /// Clears every JPEG file in the block, from its first marker to its last.
  mutating func clearJPEGFiles() {
    var start = 0
    while start + 4 <= bytes.count {
      // The first of its markers is one of those that tables, frames, applications or comments have.
      let begins = bytes[start] == 0xFF && bytes[start + 1] == 0xD8 && bytes[start + 2] == 0xFF
      guard begins, (0xC0...0xC4).contains(bytes[start + 3]) || bytes[start + 3] >= 0xDB else {
        start += 1
        continue
      }
      let end = endOfJPEGFile(at: start)
      clear(start..<end)
      start = end
    }
  }

  /// Where the JPEG file ends that begins at an offset, or the block where it does not end.
  private func endOfJPEGFile(at start: Int) -> Int {
    var offset = start + 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] != 0xDA {
      // Markers say their length, which may hold another file, high byte first.
      offset += 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
    }
    while offset + 2 <= bytes.count {
      if bytes[offset] == 0xFF, bytes[offset + 1] == 0xD9 { return offset + 2 }
      offset += 1
    }
    return bytes.count
  }
}
