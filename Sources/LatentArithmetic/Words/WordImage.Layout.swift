import Foundation

extension WordImage {
  /// Where the parts of an image lie, which three numbers determine.
  ///
  /// Nothing else is said of the parts in the file, so that nothing can contradict it: an image has exactly the size
  /// that follows.
  ///
  ///     0   8 bytes   LATWORDS
  ///     8   UInt32    version, 1
  ///     12  UInt32    0
  ///     16  UInt64    number of words n, 1 … 2³² − 2
  ///     24  UInt64    dimension d
  ///     32  UInt64    bytes of all words, below 2³²
  ///     40  24 bytes  0
  ///     64  Float     n·d values
  ///         UInt32    n + 1 places where the words begin, and the last one ends
  ///         UInt32    2^b + 1 places where the buckets of the index begin, b = ⌈log₂ n⌉
  ///         UInt32    n positions of words, by bucket
  ///         UInt8     the words in UTF-8
  ///
  /// All numbers are little-endian.
  struct Layout: Sendable {
    let count: Int
    let dimension: Int
    let bucketBits: Int
    let values: Range<Int>
    let starts: Range<Int>
    let bucketStarts: Range<Int>
    let entries: Range<Int>
    let words: Range<Int>

    /// Nil when a number is out of its range or the parts would be larger than memory can be.
    init?(count: Int, dimension: Int, wordBytes: Int) {
      guard (1..<Self.largest).contains(count), dimension >= 0, (0...Self.largest).contains(wordBytes) else {
        return nil
      }
      let (numbers, tooMany) = count.multipliedReportingOverflow(by: dimension)
      // The other parts take less than 2³⁶ bytes.
      guard !tooMany, numbers < 1 << 56 else { return nil }
      bucketBits = WordIndex.bucketBits(count: count)
      (self.count, self.dimension) = (count, dimension)
      values = Self.headerSize..<Self.headerSize + 4 * numbers
      starts = values.upperBound..<values.upperBound + 4 * (count + 1)
      bucketStarts = starts.upperBound..<starts.upperBound + 4 * (1 << bucketBits + 1)
      entries = bucketStarts.upperBound..<bucketStarts.upperBound + 4 * count
      words = entries.upperBound..<entries.upperBound + wordBytes
    }

    /// The size of the image.
    var size: Int { words.upperBound }

    static let magic = Array("LATWORDS".utf8)
    static let version: UInt32 = 1
    static let headerSize = 64
    /// The largest number of words, and of their bytes, which are counted in 32 bits.
    static let largest = Int(UInt32.max)

    /// The first bytes of the image.
    var header: [UInt8] {
      var header = Self.magic
      func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { header.append(contentsOf: $0) }
      }
      append(Self.version)
      append(UInt32(0))
      append(UInt64(count))
      append(UInt64(dimension))
      append(UInt64(words.count))
      return header + [UInt8](repeating: 0, count: Self.headerSize - header.count)
    }

    /// Reads the first bytes of an image and checks that they say its size.
    init(of bytes: UnsafeRawBufferPointer, name: String, limits: WordVectors.Limits)
      throws(WordVectorsError)
    {
      func malformed(_ offset: Int, expected: String, got: String) -> WordVectorsError {
        .malformedImage(name: name, offset: offset, expected: expected, got: got)
      }
      func number(at offset: Int) -> Int {
        Int(exactly: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))) ?? -1
      }
      guard bytes.count >= Self.headerSize else {
        throw malformed(bytes.count, expected: "\(Self.headerSize) bytes", got: "\(bytes.count)")
      }
      let version = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      guard bytes.starts(with: Self.magic), version == Self.version else {
        throw malformed(8, expected: "version \(Self.version)", got: "version \(version)")
      }
      for offset in Array(12..<16) + Array(40..<Self.headerSize) where bytes[offset] != 0 {
        throw malformed(offset, expected: "0", got: "\(bytes[offset])")
      }
      let (count, dimension, wordBytes) = (number(at: 16), number(at: 24), number(at: 32))
      guard dimension > 0, let layout = Self(count: count, dimension: dimension, wordBytes: wordBytes) else {
        throw malformed(
          16, expected: "possible sizes", got: "\(count) words, \(dimension) values, \(wordBytes) bytes")
      }
      try limits.check(.words, count, name: name, offset: 16)
      try limits.check(.dimension, dimension, name: name, offset: 24)
      try limits.check(.wordBytes, wordBytes, name: name, offset: 32)
      guard layout.size == bytes.count else {
        throw malformed(
          min(layout.size, bytes.count), expected: "\(layout.size) bytes", got: "\(bytes.count)")
      }
      self = layout
    }
  }
}
