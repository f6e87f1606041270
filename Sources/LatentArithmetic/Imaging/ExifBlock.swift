import Foundation

/// A well-formed TIFF block of Exif: how the camera was held, and the block as it is after turning the image.
struct ExifBlock {
  /// How to turn the stored image, upright if the block does not say.
  let orientation: Orientation
  /// The block with its orientation set to upright.
  let upright: Data

  /// Reads the first directory of the block (TIFF 6.0, §2), or returns nil when that is malformed.
  ///
  /// The directory is a count and entries of 12 bytes: the tag, the type (3 is 2 bytes long, 4 is 4), the number of
  /// values and, at byte 8, the value.
  init?(_ data: Data) {
    var bytes = [UInt8](data)
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian = bytes[0] == UInt8(ascii: "I")
    func integer(at offset: Int, bytes length: Int) -> Int {
      let digits = bytes[offset..<offset + length]
      return isLittleEndian
        ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
    }
    let byteOrder = isLittleEndian ? "II" : "MM"
    guard bytes.starts(with: Array(byteOrder.utf8)), integer(at: 2, bytes: 2) == 42 else { return nil }
    let directory = integer(at: 4, bytes: 4)
    guard directory >= 8, directory + 2 <= bytes.count else { return nil }
    let count = integer(at: directory, bytes: 2)
    guard directory + 2 + count * 12 <= bytes.count else { return nil }

    var orientation = Orientation.upright
    for offset in (0..<count).map({ directory + 2 + $0 * 12 }) where integer(at: offset, bytes: 2) == 0x0112 {
      let length = integer(at: offset + 2, bytes: 2) == 4 ? 4 : 2
      let value = integer(at: offset + 8, bytes: length)
      orientation = UInt16(exactly: value).flatMap(Orientation.init(rawValue:)) ?? .upright
      let lowest = isLittleEndian ? offset + 8 : offset + 8 + length - 1
      for index in offset + 8..<offset + 8 + length { bytes[index] = index == lowest ? 1 : 0 }
    }
    self.orientation = orientation
    upright = Data(bytes)
  }
}
