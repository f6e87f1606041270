import Foundation
import LatentCore

/// Compresses bytes as one member of a gzip file.
///
/// - Parameter data: The bytes.
/// - Returns: The ten bytes of the header without a name, the deflated bytes, their checksum and their number.
public func gzipped(_ data: Data) -> Data {
  func number(_ value: UInt32) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
  let checksum = data.withUnsafeBytes { Deflation.checksum($0) }
  return Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]) + data.withUnsafeBytes { Deflation.deflated($0) }
    + number(checksum) + number(UInt32(truncatingIfNeeded: data.count))
}
