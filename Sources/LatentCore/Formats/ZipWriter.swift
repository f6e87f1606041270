import Foundation

/// Writes a zip archive of at most 4 GiB, one entry after the other.
///
/// Source: PKWARE's APPNOTE.TXT, 4.3.
struct ZipWriter {
  private let output: AtomicFile.Output
  private let path: String
  private var position = 0
  private var directory = Data()
  private var count = 0

  init(_ output: AtomicFile.Output, path: String) { (self.output, self.path) = (output, path) }

  /// Appends an entry.
  mutating func add(_ name: String, _ contents: Data, isCompressed: Bool) throws(FileError) {
    let packed = isCompressed ? contents.withUnsafeBytes { Deflation.deflated($0) } : contents
    guard position + contents.count + packed.count < UInt32.max, count < UInt16.max,
      name.utf8.count < UInt16.max
    else {
      throw .writeFailed(path: path, reason: "an archive of more than 4 GiB or 65,534 arrays is not written")
    }
    // From the version needed to the length of the extra fields, as both records have it.
    var common = Data()
    common.append(integers: UInt16(20), 0x800, isCompressed ? 8 : 0, 0, 0x21)  // UTF-8; 1 January 1980
    common.append(integers: contents.withUnsafeBytes { Deflation.checksum($0) })
    common.append(integers: UInt32(packed.count), UInt32(contents.count))
    common.append(integers: UInt16(name.utf8.count), 0)

    let header = Data(ZipArchive.magic) + common + Data(name.utf8)
    try output.write(header)
    try output.write(packed)

    directory.append(integers: UInt32(ZipArchive.directoryEntry))
    directory.append(integers: UInt16(20))
    directory += common
    directory.append(integers: UInt16(0), 0, 0)
    directory.append(integers: UInt32(0), UInt32(position))
    directory += Data(name.utf8)
    position += header.count + packed.count
    count += 1
  }

  /// Appends the directory, which ends the archive.
  mutating func finish() throws(FileError) {
    var end = directory
    end.append(integers: UInt32(ZipArchive.end))
    end.append(integers: UInt16(0), 0, UInt16(count), UInt16(count))
    end.append(integers: UInt32(directory.count), UInt32(position))
    end.append(integers: UInt16(0))
    try output.write(end)
  }
}

extension Data {
  /// Appends integers, the lowest byte first.
  fileprivate mutating func append<Integer: FixedWidthInteger>(integers: Integer...) {
    for integer in integers { Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) } }
  }
}
