/// The directory of a zip archive, for entries that are stored as they are or deflated.
///
/// The checksum of an entry is compared when it is inflated. Stored entries are read from the mapped file when they are
/// asked for, and a checksum over one would read all of a large file before its first use. No entry's name is ever a
/// path, as nothing is written.
///
/// Source: PKWARE's APPNOTE.TXT, 4.3 and 4.5.3 (zip64).
struct ZipArchive {
  /// Where an entry's bytes lie in the file.
  enum Place {
    case stored(Range<Int>)
    case deflated(Deflated)

    /// How many bytes the entry has.
    var size: Int {
      switch self {
      case .stored(let range): range.count
      case .deflated(let deflated): deflated.size
      }
    }

    /// Where in the file the entry begins.
    var offset: Int {
      switch self {
      case .stored(let range): range.lowerBound
      case .deflated(let deflated): deflated.range.lowerBound
      }
    }
  }

  /// An entry that has to be inflated.
  struct Deflated {
    let range: Range<Int>
    /// How many bytes it inflates to.
    let size: Int
    let checksum: UInt32
  }

  /// The first entry's header.
  static let magic: [UInt8] = [0x50, 0x4b, 3, 4]

  private struct Entry {
    var method: Int
    var isEncrypted: Bool
    var checksum: UInt32
    var size: Int
    var packedSize: Int
    var header: Int
  }

  /// The names of the entries, in the order of the directory.
  private(set) var names: [String] = []
  private var entries: [String: Entry] = [:]
  let bytes: UnsafeRawBufferPointer
  private let file: String
  private let limits: FileLimits

  /// Reads the directory of the archive whose bytes are lent.
  init(
    _ bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    (self.bytes, self.file, self.limits) = (bytes, file, limits)
    let end = try endOfDirectory()
    var (count, directory) = try directory(endingAt: end)
    guard count <= limits.archiveEntries else {
      throw .limitExceeded(
        file: file, offset: end, limit: "archive entries", expected: limits.archiveEntries)
    }
    for _ in 0..<count { try readEntry(&directory) }
  }

  /// Whether there is an entry called `name`.
  func contains(_ name: String) -> Bool { entries[name] != nil }

  /// Lends the bytes of the entry called `name`, inflated where they are deflated, and where in the file they lie.
  ///
  /// Throws ``TensorFileError/limitExceeded(file:offset:limit:expected:)`` when it has more than `largest`.
  func withContents<Result>(
    of name: String, largest: Int, _ limit: String,
    _ body: (UnsafeRawBufferPointer, Int) throws(TensorFileError) -> Result
  ) throws(TensorFileError) -> Result {
    let place = try place(of: name)
    guard place.size <= largest else {
      throw .limitExceeded(file: file, offset: place.offset, limit: limit, expected: largest)
    }
    switch place {
    case .stored(let range): return try body(UnsafeRawBufferPointer(rebasing: bytes[range]), range.lowerBound)
    case .deflated(let deflated):
      return try deflated.contents(of: bytes, in: file).withRawBytes { bytes throws(TensorFileError) in
        try body(bytes, place.offset)
      }
    }
  }

  /// Where the bytes of the entry called `name` lie.
  func place(of name: String) throws(TensorFileError) -> Place {
    guard let entry = entries[name] else { throw .entryMissing(file: file, expected: name) }
    var header = reader(at: entry.header)
    guard !entry.isEncrypted,
      entry.method == Self.deflate || entry.method == 0 && entry.size == entry.packedSize
    else { throw .entryPacked(file: file, offset: entry.header, entry: name, got: entry.method) }
    try expect(Self.localHeader, in: &header, "an entry's header")
    _ = try header.take(22)
    let (nameLength, extraLength) = (try header.integer(UInt16.self), try header.integer(UInt16.self))
    _ = try header.take(nameLength + extraLength)
    let start = header.position
    _ = try header.take(entry.packedSize)
    let range = start..<header.position
    guard entry.method == Self.deflate else { return .stored(range) }
    guard entry.size <= limits.inflatedBytes else {
      throw .limitExceeded(file: file, offset: start, limit: "inflated bytes", expected: limits.inflatedBytes)
    }
    // No deflated byte makes more: a directory that says so lies, and is not given the memory.
    guard entry.size / Self.mostInflation <= range.count else {
      throw .malformed(
        file: file, offset: start, reason: "\(range.count, "byte") cannot inflate to \(entry.size)")
    }
    return .deflated(Deflated(range: range, size: entry.size, checksum: entry.checksum))
  }

  private static let deflate = 8
  /// 258 bytes for two bits, rounded up.
  private static let mostInflation = 1032

  // MARK: - Directory

  private static let localHeader = 0x0403_4b50
  static let directoryEntry = 0x0201_4b50
  static let end = 0x0605_4b50
  private static let end64 = 0x0606_4b50
  private static let end64Locator = 0x0706_4b50

  private func reader(at position: Int) -> ByteReader { ByteReader(bytes, of: file, at: position) }

  private func expect(
    _ signature: Int, in reader: inout ByteReader, _ what: String
  ) throws(TensorFileError) {
    let offset = reader.position
    guard try reader.integer(UInt32.self) == signature else {
      throw .malformed(file: file, offset: offset, reason: "\(what) does not begin with its signature")
    }
  }

  /// Where the record that ends the archive begins: only a comment of at most 65535 bytes may follow its 22.
  private func endOfDirectory() throws(TensorFileError) -> Int {
    let last = bytes.count - 22
    for position in stride(from: last, through: max(last - 65535, 0), by: -1) {
      var record = reader(at: position)
      if try record.integer(UInt32.self) == Self.end { return position }
    }
    throw .malformed(
      file: file, offset: bytes.count, reason: "the file ends without the directory of a zip archive")
  }

  /// How many entries there are, and a reader at the first; the zip64 record holds what the other has no room for.
  private func directory(endingAt end: Int) throws(TensorFileError) -> (count: Int, reader: ByteReader) {
    var record = reader(at: end + 10)
    let count = try record.integer(UInt16.self)
    _ = try record.take(4)
    let start = try record.integer(UInt32.self)
    guard count == 0xffff || start == 0xffff_ffff else { return (count, reader(at: start)) }

    var locator = reader(at: max(end - 20, 0))
    try expect(Self.end64Locator, in: &locator, "the locator of the zip64 record")
    _ = try locator.take(4)
    var record64 = reader(at: try locator.integer(UInt64.self))
    try expect(Self.end64, in: &record64, "the zip64 record")
    _ = try record64.take(28)
    let count64 = try record64.integer(UInt64.self)
    _ = try record64.take(8)
    return (count64, reader(at: try record64.integer(UInt64.self)))
  }

  private mutating func readEntry(_ directory: inout ByteReader) throws(TensorFileError) {
    let offset = directory.position
    try expect(Self.directoryEntry, in: &directory, "an entry of the directory")
    _ = try directory.take(4)
    let flags = try directory.integer(UInt16.self)
    let method = try directory.integer(UInt16.self)
    _ = try directory.take(4)
    let checksum = UInt32(truncatingIfNeeded: try directory.integer(UInt32.self))
    let packedSize = try directory.integer(UInt32.self)
    let size = try directory.integer(UInt32.self)
    let nameLength = try directory.integer(UInt16.self)
    let extraLength = try directory.integer(UInt16.self)
    let commentLength = try directory.integer(UInt16.self)
    _ = try directory.take(8)
    var entry = Entry(
      method: method, isEncrypted: flags & 1 != 0, checksum: checksum, size: size, packedSize: packedSize,
      header: try directory.integer(UInt32.self))
    let name = try directory.text(nameLength)
    try widen(&entry, by: extraLength, &directory)
    _ = try directory.take(commentLength)
    guard entries.updateValue(entry, forKey: name) == nil else {
      throw .malformed(file: file, offset: offset, reason: "the archive has the entry “\(name)” twice")
    }
    names.append(name)
  }

  /// Takes from the extra fields the sizes and the place that 32 bits do not hold, in this order.
  private func widen(
    _ entry: inout Entry, by length: Int, _ directory: inout ByteReader
  ) throws(TensorFileError) {
    let end = directory.position + length
    while end - directory.position >= 4 {
      let (tag, size) = (try directory.integer(UInt16.self), try directory.integer(UInt16.self))
      let next = directory.position + size
      if tag == 1 {
        for field in [\Entry.size, \.packedSize, \.header] where entry[keyPath: field] == 0xffff_ffff {
          entry[keyPath: field] = try directory.integer(UInt64.self)
        }
      }
      // A field that is longer than it says, or than the room for it, makes this negative or leave the entry.
      _ = try directory.take(min(next, end) - directory.position)
    }
    _ = try directory.take(end - directory.position)
  }
}

extension ZipArchive.Deflated {
  /// The first `count` bytes of the entry, or fewer when it is shorter.
  func prefix(
    _ count: Int, from bytes: UnsafeRawBufferPointer, of file: String
  ) throws(TensorFileError) -> [UInt8] {
    try inflated(min(count, size), by: Inflater(.deflate), from: bytes, of: file)
  }

  /// All bytes of the entry, which have to be as many, and of the checksum, that the directory says.
  func contents(of bytes: UnsafeRawBufferPointer, in file: String) throws(TensorFileError) -> [UInt8] {
    let inflater = Inflater(.deflate)
    let contents = try inflated(size, by: inflater, from: bytes, of: file)
    // Filling a byte more tells whether the stream ends here.
    let rest = try inflated(1, by: inflater, from: bytes, of: file)
    let found = contents.withRawBytes { Deflation.checksum($0) }
    guard contents.count == size, rest.isEmpty, found == checksum else {
      throw .malformed(
        file: file, offset: range.lowerBound,
        reason: "an entry does not inflate to the \(size) bytes of checksum \(checksum) that are expected")
    }
    return contents
  }

  private func inflated(
    _ count: Int, by inflater: Inflater, from bytes: UnsafeRawBufferPointer, of file: String
  ) throws(TensorFileError) -> [UInt8] {
    let packed = UnsafeRawBufferPointer(rebasing: bytes[range])
    var failure: InflationError?
    let contents = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(InflationError) {
        filled = try inflater.fill(
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]),
          from: packed)
      } catch {
        failure = error
      }
    }
    if let failure {
      throw .malformed(
        file: file, offset: range.lowerBound + failure.offset,
        reason: "a deflated entry is damaged, \(failure.reason)")
    }
    return contents
  }
}
