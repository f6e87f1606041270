import Foundation
import LatentCore

/// A part of a PNG file.
package struct PNGChunk: Sendable, Equatable {
  /// Four letters (PNG 1.2, §3.3).
  package let type: String
  package let body: Data

  package init(type: String, body: Data) { (self.type, self.body) = (type, body) }

  /// The part as it stands in the file: its length, its type, its bytes and their checksum.
  var bytes: Data {
    var checked = Data(type.utf8)
    checked.append(body)
    let checksum = checked.withRawBytes { Deflation.checksum($0) }
    return Data(bigEndian: body.count, bytes: 4) + checked + Data(bigEndian: Int(checksum), bytes: 4)
  }

  /// The parts of a file whose checksums are right, without those of its pixels.
  static func all(of file: Data) -> [PNGChunk] {
    var (chunks, offset) = ([PNGChunk](), 8)
    while offset + 12 <= file.count {
      let length = file.integer(at: offset, bytes: 4)
      let end = offset + 8 + length
      guard end + 4 <= file.count else { break }
      let type = String(decoding: file.part(offset + 4..<offset + 8), as: UTF8.self)
      if !["IDAT", "fdAT"].contains(type), length <= Image.Metadata.mostBytes {
        let checksum = file.part(offset + 4..<end).withRawBytes { Int(Deflation.checksum($0)) }
        if checksum == file.integer(at: end, bytes: 4) {
          chunks.append(PNGChunk(type: type, body: Data(file.part(offset + 8..<end))))
        }
      }
      offset = end + 4
    }
    return chunks
  }

  /// A text in Latin-1, or what stands for one (PNG 1.2, §4.2.3).
  static func text(_ keyword: String, _ text: Data) -> PNGChunk {
    PNGChunk(type: "tEXt", body: Data(keyword.utf8) + [0] + text)
  }

  /// A text in UTF-8, not compressed, without a language.
  static func internationalText(_ keyword: String, _ text: Data) -> PNGChunk {
    PNGChunk(type: "iTXt", body: Data(keyword.utf8) + [0, 0, 0, 0, 0] + text)
  }

  /// The keyword that a text or a profile begins with.
  var keyword: String { String(decoding: body.prefix { $0 != 0 }, as: UTF8.self) }

  /// What follows the keyword and its 0.
  var value: Data { body.dropFirst(body.prefix { $0 != 0 }.count + 1) }
}

extension Data {
  /// An unsigned number of `length` bytes, high byte first.
  func integer(at offset: Int, bytes length: Int) -> Int {
    part(offset..<offset + length).reduce(0) { $0 << 8 | Int($1) }
  }

  /// The bytes of a range that counts from the first.
  func part(_ range: Range<Int>) -> Data {
    self[startIndex + range.lowerBound..<startIndex + range.upperBound]
  }

  /// A number in `length` bytes, high byte first.
  init(bigEndian value: Int, bytes length: Int) {
    self.init((0..<length).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
}
