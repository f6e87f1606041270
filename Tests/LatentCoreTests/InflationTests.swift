import Foundation
import LatentCore
import TestSupport
import Testing

@Suite struct InflationTests {
  /// Bytes that compress, but not to nothing.
  private static let bytes = Data(
    randomFloats(count: 100_000, seed: 3).map { UInt8(Int(abs($0) * 20) % 256) })

  private func inflated(_ data: Data, _ format: Inflater.Format = .deflate) throws -> Data {
    let inflater = Inflater(format)
    var result = Data()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while !inflater.isFinished {
      let count = try data.withUnsafeBytes { packed in
        try block.withUnsafeMutableBytes { try inflater.fill($0, from: packed) }
      }
      result.append(contentsOf: block[..<count])
    }
    return result
  }

  private func deflated(_ data: Data) -> Data { data.withUnsafeBytes { Deflation.deflated($0) } }

  // inflate(deflate(x)) = x
  @Test(arguments: [0, 1, 1000, 65_535, 65_536, 65_537, 100_000])
  func deflatedBytesComeBack(count: Int) throws {
    let data = Self.bytes.prefix(count)
    #expect(try inflated(deflated(data)) == data)
    #expect(try inflated(gzipped(data), .gzip) == data)
    #expect(count < 1000 || deflated(data).count < count)
  }

  // The checksum of "123456789" is CRC-32's published check value.
  @Test func checksumIsTheOneOfZip() {
    #expect(Data("123456789".utf8).withUnsafeBytes { Deflation.checksum($0) } == 0xCBF4_3926)
    #expect(Data().withUnsafeBytes { Deflation.checksum($0) } == 0)
  }

  @Test func membersFollowOneAnother() throws {
    let parts = [Self.bytes.prefix(70_000), Data(), Self.bytes.suffix(30_000)].map { Data($0) }
    let file = parts.reduce(Data()) { $0 + gzipped($1) }
    #expect(try inflated(file, .gzip) == parts.reduce(Data(), +))
    #expect(try inflated(file + Data(count: 512), .gzip) == parts.reduce(Data(), +))
    #expect(
      throws: InflationError.damaged(
        offset: file.count, reason: "another gzip member or the end is expected")
    ) { try inflated(file + Data([7]), .gzip) }
  }

  @Test func firstBytesAreEnough() throws {
    let inflater = Inflater(.deflate)
    let packed = deflated(Self.bytes)
    var start = [UInt8](repeating: 0, count: 100)
    let count = try packed.withUnsafeBytes { packed in
      try start.withUnsafeMutableBytes { try inflater.fill($0, from: packed) }
    }
    #expect(count == 100 && Data(start) == Self.bytes.prefix(100) && !inflater.isFinished)
  }

  @Test func everyTruncationIsFound() throws {
    let data = Self.bytes.prefix(300)
    for (packed, format) in [(deflated(data), Inflater.Format.deflate), (gzipped(data), .gzip)] {
      for count in 0..<packed.count {
        #expect(throws: InflationError.truncated(offset: count)) {
          try inflated(packed.prefix(count), format)
        }
      }
    }
  }

  // The checksum of gzip finds every change but of bits that mean nothing, in its header and after the last block.
  @Test func everyChangeIsFound() throws {
    let data = Self.bytes.prefix(300)
    let packed = gzipped(data)
    for place in packed.indices {
      for bit in 0..<8 {
        var changed = packed
        changed[place] ^= 1 << UInt8(bit)
        if let result = try? inflated(changed, .gzip) { #expect(result == data) }
      }
    }
  }
}
