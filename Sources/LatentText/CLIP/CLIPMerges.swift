import Foundation
import LatentArithmetic
import LatentCore

/// The list of merges that CLIP's byte-level pair encoding learnt, and the numbers of the tokens it makes.
///
/// A token's number is its place among: the 256 bytes, the same at the end of a word, what each merge makes, and the
/// start and the end of a text.
///
/// Source: Sennrich and others, "Neural Machine Translation of Rare Words with Subword Units", 2016; the file of
/// openai/CLIP.
struct CLIPMerges: Sendable {
  /// Two symbols side by side.
  struct Pair: Hashable, Sendable {
    let left: Int, right: Int
  }

  /// What a pair becomes, and how early: less is earlier.
  struct Merge: Sendable {
    let rank: Int, symbol: Int
  }

  let merges: [Pair: Merge]
  /// How many tokens there are, the start and the end included.
  let vocabularySize: Int

  /// The number of a byte's token.
  static func symbol(of byte: UInt8, endsWord: Bool) -> Int { places[Int(byte)] + (endsWord ? 256 : 0) }

  /// Reads the list, packed by gzip or plain: a line of its version, then a merge each, two symbols and a space.
  ///
  /// The published file goes on where CLIP's vocabulary ends; what is behind is not read.
  init(contentsOf url: URL) throws {
    let path = url.path
    let bytes = try MappedFile(contentsOf: url).withBytes { bytes in try Self.text(bytes, path) }
    func malformed(_ index: Int, _ reason: String) -> CLIPError {
      .mergesMalformed(file: path, line: index + 2, reason: reason)
    }
    var symbols: [String] = []
    for ending in ["", "</w>"] { symbols += Self.characters.map { $0 + ending } }
    var numbers = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })
    var pairs: [(left: String, right: String)] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: Self.mostMerges + 1).dropFirst()
    for (index, line) in lines.prefix(Self.mostMerges).enumerated() {
      let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
      guard parts.count == 2 else {
        throw malformed(index, "has \(parts.count, "part"), not two symbols")
      }
      for part in parts where numbers[part] == nil {
        throw malformed(index, "merges “\(part.prefix(40))”, which is no byte and was not made before")
      }
      pairs.append((parts[0], parts[1]))
      numbers[parts[0] + parts[1]] = symbols.count + index
    }
    var merges: [Pair: Merge] = [:]
    for (rank, pair) in pairs.enumerated() {
      guard let left = numbers[pair.left], let right = numbers[pair.right],
        let symbol = numbers[pair.left + pair.right]
      else { throw malformed(rank, "is of no known symbols") }
      merges[Pair(left: left, right: right)] = Merge(rank: rank, symbol: symbol)
    }
    self.merges = merges
    vocabularySize = symbols.count + pairs.count + 2
  }

  /// The bytes of the list, as far as they are needed.
  private static func text(_ bytes: UnsafeRawBufferPointer, _ path: String) throws -> [UInt8] {
    guard bytes.starts(with: Inflater.gzipMagic) else { return Array(bytes.prefix(mostBytes)) }
    return try [UInt8](unsafeUninitializedCapacity: mostBytes) { buffer, count in
      do throws(InflationError) {
        count = try Inflater(.gzip).fill(UnsafeMutableRawBufferPointer(buffer), from: bytes)
      } catch {
        throw CLIPError.mergesMalformed(
          file: path, line: 1, reason: "cannot be inflated: at byte \(error.offset), \(error.reason)")
      }
    }
  }

  /// CLIP's vocabulary of 49,408 without the bytes, the start and the end.
  private static let mostMerges = 49_408 - 512 - 2
  /// More than the merges that are read take.
  private static let mostBytes = 4 << 20

  /// The bytes in the order of their numbers: those that print in Latin-1 first.
  private static let order: [UInt8] = {
    let printing = [33...126, 161...172, 174...255].joined().map { UInt8($0) }
    return printing + (0...255).map { UInt8($0) }.filter { !printing.contains($0) }
  }()

  private static let places: [Int] = {
    var places = [Int](repeating: 0, count: 256)
    for (place, byte) in order.enumerated() { places[Int(byte)] = place }
    return places
  }()

  /// What the list writes for each byte in that order: itself in Latin-1, or, where that does not print, what follows it.
  private static let characters: [String] = order.enumerated().map { place, byte in
    let printing = 188
    let scalar = place < printing ? UInt32(byte) : 256 + UInt32(place - printing)
    return Unicode.Scalar(scalar).map { String($0) } ?? ""
  }
}
