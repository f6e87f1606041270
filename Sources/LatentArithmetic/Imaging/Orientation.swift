/// How a camera held the picture: the Exif tag Orientation (EXIF 2.3, tag 0x0112), whose values are these raw values.
///
/// A stored picture is turned upright by exchanging its axes if `swapsAxes`, then flipping.
enum Orientation: UInt16 {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows of the stored picture are columns of the upright one.
  var swapsAxes: Bool { rawValue >= 5 }
  /// Whether x of the upright picture runs against its stored axis.
  var reversesX: Bool { [.mirrored, .turnedHalf, .turnedRight, .transversed].contains(self) }
  /// Whether y of the upright picture runs against its stored axis.
  var reversesY: Bool { [.turnedHalf, .flipped, .transversed, .turnedLeft].contains(self) }
}

extension Orientation {
  /// Finds the orientation in a JPEG file, upright where there is none or its Exif block is malformed.
  init(jpeg bytes: [UInt8]) { self = Self.find(in: bytes) ?? .upright }

  private static func find(in bytes: [UInt8]) -> Orientation? {
    var start = 2
    // Segments before the pixels: 0xFF, a marker, a big-endian length that counts itself.
    while start + 4 <= bytes.count, bytes[start] == 0xFF, bytes[start + 1] != 0xDA {
      let end = start + 2 + Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
      guard end <= bytes.count else { return nil }
      let body = bytes[start + 4..<max(start + 4, end)]
      if bytes[start + 1] == 0xE1, body.starts(with: Array("Exif\0\0".utf8)) {
        return find(inTIFF: Array(body.dropFirst(6)))
      }
      start = end
    }
    return nil
  }

  /// Reads the first directory of the TIFF block inside Exif: entries of 12 bytes, the tag first, the value at 8.
  private static func find(inTIFF bytes: [UInt8]) -> Orientation? {
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian = bytes[0] == UInt8(ascii: "I")
    func integer(at offset: Int, bytes length: Int) -> Int? {
      guard offset >= 0, offset + length <= bytes.count else { return nil }
      let digits = bytes[offset..<offset + length]
      return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = integer(at: 4, bytes: 4), let count = integer(at: directory, bytes: 2) else {
      return nil
    }
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let tag = integer(at: offset, bytes: 2) else { return nil }
      if tag == 0x0112 {
        return integer(at: offset + 8, bytes: 2).flatMap { Orientation(rawValue: UInt16($0)) }
      }
    }
    return nil
  }
}

extension Image {
  /// Turns a picture as stored to the picture as meant.
  func transformed(by orientation: Orientation) -> Image {
    if orientation == .upright { return self }
    let (outWidth, outHeight) = orientation.swapsAxes ? (height, width) : (width, height)
    var out: [UInt8] = []
    out.reserveCapacity(pixels.count)
    for y in 0..<outHeight {
      let v = orientation.reversesY ? outHeight - 1 - y : y
      for x in 0..<outWidth {
        let u = orientation.reversesX ? outWidth - 1 - x : x
        let source = (orientation.swapsAxes ? u * width + v : v * width + u) * 3
        out.append(pixels[source])
        out.append(pixels[source + 1])
        out.append(pixels[source + 2])
      }
    }
    return Image(width: outWidth, height: outHeight, pixels: out)
  }
}
