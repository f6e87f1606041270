import Foundation

/// Finds words by their bytes: words fall into buckets by a hash, and within a bucket they are sorted.
///
/// Goals: (1) no choice of words makes a lookup take more than log₂ of their number steps, nor the making of the index
/// more than a sort; (2) the same words give the same index, which a file can hold; (3) speed. So the hash has no
/// secret, and words that were chosen to share a bucket cost a binary search. Rejected: open addressing, where such
/// words cost a probe for each, and a hash of a random seed, which no file could hold.
struct WordIndex {
  /// Where each bucket's entries begin, and where the last one's end.
  let bucketStarts: [UInt32]
  /// The positions of the words, bucket by bucket.
  let entries: [UInt32]
  /// The positions of words that stand at an earlier position too, ascending.
  let repeated: [Int]

  /// How many bits of a hash choose the bucket: the fewest that give each word one.
  static func bucketBits(count: Int) -> Int { count < 2 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount }

  /// The bucket of a word among 2^`bits`.
  ///
  /// The hash is FNV-1a of 64 bits, whose high bits a multiplication by the golden ratio makes depend on all others.
  static func bucket(of word: UnsafeRawBufferPointer, bits: Int) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: hash >> UInt64(64 - bits))
  }

  /// Less than zero when `a` is sorted before `b`, zero when they are the same bytes.
  static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let shared = min(a.count, b.count)
    if shared > 0, let a = a.baseAddress, let b = b.baseAddress {
      let difference = memcmp(a, b, shared)
      if difference != 0 { return Int(difference) }
    }
    return a.count - b.count
  }

  /// Indexes the words that end at `ends` in `bytes`.
  init(bytes: UnsafeRawBufferPointer, ends: [UInt32]) {
    func word(_ position: UInt32) -> UnsafeRawBufferPointer {
      let start = position == 0 ? 0 : Int(ends[Int(position) - 1])
      return UnsafeRawBufferPointer(rebasing: bytes[start..<Int(ends[Int(position)])])
    }
    let bits = Self.bucketBits(count: ends.count)
    let buckets = ends.indices.map { UInt32(Self.bucket(of: word(UInt32($0)), bits: bits)) }
    var starts = [UInt32](repeating: 0, count: 1 << bits + 1)
    for bucket in buckets { starts[Int(bucket) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }

    var places = starts
    var entries = [UInt32](repeating: 0, count: ends.count)
    for (position, bucket) in buckets.enumerated() {
      entries[Int(places[Int(bucket)])] = UInt32(position)
      places[Int(bucket)] += 1
    }
    var repeated: [Int] = []
    entries.withUnsafeMutableBufferPointer { entries in
      for bucket in 0..<starts.count - 1 where starts[bucket + 1] - starts[bucket] > 1 {
        let range = Int(starts[bucket])..<Int(starts[bucket + 1])
        var bucketEntries = UnsafeMutableBufferPointer(rebasing: entries[range])
        bucketEntries.sort {
          let order = Self.order(word($0), word($1))
          return order < 0 || order == 0 && $0 < $1
        }
        for place in range.dropFirst() where Self.order(word(entries[place - 1]), word(entries[place])) == 0 {
          repeated.append(Int(entries[place]))
        }
      }
    }
    (bucketStarts, self.entries, self.repeated) = (starts, entries, repeated.sorted())
  }
}
