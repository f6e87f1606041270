import Foundation
import TestSupport

/// A PNG file put together byte by byte, for the kinds that the library reads but does not write.
struct PNGFile {
  var width: Int
  var height: Int
  /// Bits a sample.
  var depth = 8
  /// 0 is gray, 2 RGB, 3 palette; 4 more adds alpha.
  var colorType = 2
  var isInterlaced = false
  /// What stands before the pixels, by type.
  var chunks: [(type: String, body: [UInt8])] = []
  /// What stands after them.
  var laterChunks: [(type: String, body: [UInt8])] = []
  /// The samples of the pixel at (x, y).
  var samples: (_ x: Int, _ y: Int) -> [Int]

  var data: Data {
    let header = bigEndian(width, 4) + bigEndian(height, 4) + [UInt8(depth), UInt8(colorType), 0, 0]
    let all =
      [("IHDR", header + [isInterlaced ? 1 : 0])] + chunks + [("IDAT", zlibStored(rows))] + laterChunks
      + [("IEND", [])]
    return Data(pngSignature + all.flatMap { pngChunk($0.0, $0.1) })
  }

  /// Each row with its filter, none, in front; for Adam7 (PNG 1.2, §2.6) in seven passes.
  private var rows: [UInt8] {
    let adam7 = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ]
    var bytes: [UInt8] = []
    for (x0, y0, dx, dy) in isInterlaced ? adam7 : [(0, 0, 1, 1)] where x0 < width {
      for y in stride(from: y0, to: height, by: dy) {
        bytes += [0] + packed(stride(from: x0, to: width, by: dx).flatMap { samples($0, y) })
      }
    }
    return bytes
  }

  private func packed(_ samples: [Int]) -> [UInt8] {
    if depth >= 8 { return samples.flatMap { bigEndian($0, depth / 8) } }
    let inByte = 8 / depth
    return stride(from: 0, to: samples.count, by: inByte).map { start in
      (0..<inByte).reduce(0) { byte, index in
        byte << depth | (start + index < samples.count ? UInt8(samples[start + index]) : 0)
      }
    }
  }
}

let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

func pngChunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
  let checked = Array(type.utf8) + body
  return bigEndian(body.count, 4) + checked + crc32(checked)
}

/// The file with every chunk's checksum made right, as far as its lengths can be followed.
func withChecksums(_ png: Data) -> Data {
  var bytes = [UInt8](png)
  var start = pngSignature.count
  while start + 12 <= bytes.count {
    let end = start + 8 + bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    guard end + 4 <= bytes.count else { break }
    bytes.replaceSubrange(end..<end + 4, with: crc32(bytes[start + 4..<end]))
    start = end + 4
  }
  return Data(bytes)
}

/// Bytes in zlib's format (RFC 1950), not compressed.
func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
  var stored: [UInt8] = [0x78, 0x01]
  for start in stride(from: 0, through: bytes.count, by: 65535) {
    let block = bytes[start..<min(start + 65535, bytes.count)]
    let (low, high) = (UInt8(block.count & 0xFF), UInt8(block.count >> 8))
    stored += [start + 65535 > bytes.count ? 1 : 0, low, high, ~low, ~high] + block
  }
  var (a, b) = (1, 0)
  for byte in bytes {
    a = (a + Int(byte)) % 65521
    b = (b + a) % 65521
  }
  return stored + bigEndian(b << 16 | a, 4)
}

/// A JPEG file with a segment put first.
func withSegment(_ marker: UInt8, _ body: [UInt8], _ jpeg: Data) -> Data {
  let segment = [0xFF, marker] + bigEndian(body.count + 2, 2) + body
  var file = jpeg
  file.insert(contentsOf: segment, at: 2)
  return file
}

/// An Exif block of two tags, Orientation the second, and a few bytes behind them.
func exifBlock(orientation: Int, isLittleEndian: Bool) -> [UInt8] {
  func integer(_ value: Int, _ length: Int) -> [UInt8] {
    isLittleEndian ? bigEndian(value, length).reversed() : bigEndian(value, length)
  }
  let header: [UInt8] = Array((isLittleEndian ? "II" : "MM").utf8) + integer(42, 2) + integer(8, 4)
  let make: [UInt8] = integer(0x010F, 2) + integer(2, 2) + integer(7, 4) + integer(38, 4)
  let turn: [UInt8] =
    integer(0x0112, 2) + integer(3, 2) + integer(1, 4) + integer(orientation, 2) + [0, 0]
  return header + integer(2, 2) + make + turn + integer(0, 4) + Array("Camera\0".utf8)
}

/// How long an Exif block of `exifBlock` is up to the end of its last tag.
let exifDirectoryEnd = 8 + 2 + 2 * 12

/// An ICC profile of that color space with one tag, of `count` random bytes in all.
func colorProfile(_ space: String, count: Int) -> Data {
  var bytes = Array(randomImage(width: count, height: 1, seed: 77).pixels[..<count])
  let header: [UInt8] =
    bigEndian(count, 4) + [0, 0, 0, 0, 4, 0x30, 0, 0] + Array("mntr\(space)XYZ ".utf8)
    + [UInt8](repeating: 0, count: 12) + Array("acsp".utf8) + [UInt8](repeating: 0, count: 28)
    + bigEndian(0xF6D6, 4) + bigEndian(0x10000, 4) + bigEndian(0xD32D, 4)
    + [UInt8](repeating: 0, count: 48)
  let tags = bigEndian(1, 4) + Array("desc".utf8) + bigEndian(144, 4) + bigEndian(count - 144, 4)
  bytes.replaceSubrange(0..<header.count + tags.count, with: header + tags)
  return Data(bytes)
}

func bigEndian(_ value: Int, _ length: Int) -> [UInt8] {
  (0..<length).reversed().map { UInt8(value >> (8 * $0) & 0xFF) }
}

/// The checksum of a PNG chunk (CRC-32, ISO 3309), big-endian.
private func crc32(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var remainder: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return bigEndian(Int(~remainder), 4)
}
