import Foundation

/// The header of a safetensors file, every claim of it checked against the file.
///
/// The file is an 8-byte little-endian length, that many bytes of JSON (name → type, shape, place), and the numbers.
/// Numbers are taken from the file as the host has them in memory: the host is little-endian, as all that Swift runs on
/// are.
struct SafeTensorsHeader {
  /// A tensor's entry as JSON spells it.
  struct Tensor: Codable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  /// The little-endian length of the JSON text, with which a file begins.
  static let lengthBytes = 8

  private let stored: Stored
  private let text: UnsafeRawBufferPointer
  private let file: String

  /// Reads the JSON at the beginning of a file.
  init(
    parsing bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    var reader = ByteReader(bytes, of: file, at: 0)
    let length = try reader.integer(UInt64.self)
    guard length <= limits.headerBytes else {
      throw .limitExceeded(file: file, offset: 0, limit: "bytes of header", expected: limits.headerBytes)
    }
    text = try reader.take(length)
    self.file = file
    func malformed(_ reason: String) -> TensorFileError {
      .malformed(file: file, offset: Self.lengthBytes, reason: "the header \(reason)")
    }
    guard text.first == UInt8(ascii: "{") else { throw malformed("does not begin with “{”") }
    // The decoder would take zero bytes for a sign of UTF-16 or UTF-32; the format is UTF-8.
    guard !text.contains(0) else { throw malformed("contains zero bytes") }
    do {
      stored = try JSONDecoder().decode(Stored.self, from: Data(text))
    } catch {
      throw malformed("is not of the form that the format prescribes, \(DecodingError.clause(error))")
    }
    let count = stored.tensors.count
    guard count <= limits.tensors else {
      throw .limitExceeded(file: file, offset: Self.lengthBytes, limit: "tensors", expected: limits.tensors)
    }
    let written = Self.topLevelKeys(in: text)
    guard written == count + (stored.metadata == nil ? 0 : 1) else {
      throw malformed("has \(written) entries under \(count, "name")")
    }
  }

  /// The file's own key-value pairs.
  var metadata: [String: String] { stored.metadata ?? [:] }

  /// The tensors in the order of their data, which follow each other from the header to `end` without a gap.
  func tensors(upTo end: Int) throws(TensorFileError) -> [(name: String, entry: TensorTable.Entry)] {
    let start = Self.lengthBytes + text.count
    var unordered: [(name: String, place: Range<Int>, entry: TensorTable.Entry)] = []
    for (name, tensor) in stored.tensors {
      let place = try place(of: tensor, name, from: start, upTo: end)
      unordered.append((name, place, try entry(name, tensor, at: place)))
    }
    // An empty tensor shares its begin with the one that follows it, so ends and names break ties.
    let ordered = unordered.sorted { a, b in
      (a.place.lowerBound, a.place.upperBound, a.name) < (b.place.lowerBound, b.place.upperBound, b.name)
    }
    var position = start
    for (name, place, _) in ordered {
      guard place.lowerBound == position else {
        throw malformed(
          name, "begins its data at \(place.lowerBound - start), where \(position - start) is expected")
      }
      position = place.upperBound
    }
    guard position == end else {
      throw .malformed(
        file: file, offset: position, reason: "\(end - position, "byte") after the data of the last tensor")
    }
    return ordered.map { ($0.name, $0.entry) }
  }

  private func place(
    of tensor: Tensor, _ name: String, from start: Int, upTo end: Int
  ) throws(TensorFileError) -> Range<Int> {
    let offsets = tensor.dataOffsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
      throw malformed(name, "has the data offsets \(offsets), where a begin and an end are expected")
    }
    guard offsets[1] <= end - start else {
      throw .truncated(
        file: file, offset: start + min(offsets[0], end - start), expected: offsets[1] - offsets[0],
        got: max(end - start - offsets[0], 0))
    }
    return start + offsets[0]..<start + offsets[1]
  }

  private func entry(
    _ name: String, _ tensor: Tensor, at place: Range<Int>
  ) throws(TensorFileError) -> TensorTable.Entry {
    guard let type = NumberType(rawValue: tensor.dtype) else {
      guard NumberType.size(of: tensor.shape, width: 1) != nil else {
        throw malformed(name, "has the impossible shape \(tensor.shape)")
      }
      return TensorTable.Entry(refusing: tensor.dtype, shape: tensor.shape, at: self.place(of: name))
    }
    guard let size = NumberType.size(of: tensor.shape, width: type.width) else {
      throw malformed(name, "has the impossible shape \(tensor.shape)")
    }
    guard place.count == size else {
      throw malformed(
        name, "has \(place.count, "byte") of data, where its shape and type ask for \(size)")
    }
    return TensorTable.Entry(StridedNumbers(type: type, shape: tensor.shape, storage: place))
  }

  private func malformed(_ name: String, _ reason: String) -> TensorFileError {
    .malformed(file: file, offset: place(of: name), reason: "“\(name.prefix(80))” \(reason)")
  }

  /// Where the entry of a tensor begins in the file, or the header if the name is spelt by escapes.
  private func place(of name: String) -> Int {
    // A long name is found by its beginning, so that it does not make the search slow.
    let key = Array("\"\(name)".utf8.prefix(80))
    let last = text.count - key.count
    guard last >= 0, let found = (0...last).first(where: { text[$0...].starts(with: key) }) else {
      return Self.lengthBytes
    }
    return Self.lengthBytes + found
  }

  /// How many keys the outermost object of a valid JSON text has, repeated ones included, which a decoder hides.
  private static func topLevelKeys(in text: UnsafeRawBufferPointer) -> Int {
    var (keys, depth, inString, escaped) = (0, 0, false, false)
    for byte in text {
      if inString {
        if escaped {
          escaped = false
        } else if byte == UInt8(ascii: "\\") {
          escaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1: keys += 1
      default: break
      }
    }
    return keys
  }

  /// The header as JSON spells it: an object with one entry a tensor, and one for the metadata.
  struct Stored: Codable {
    var metadata: [String: String]?
    var tensors: [String: Tensor] = [:]

    static let metadataName = "__metadata__"

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }

    init(metadata: [String: String]?, tensors: [String: Tensor]) {
      self.metadata = metadata
      self.tensors = tensors
    }

    init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == Self.metadataName {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Swift.Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encodeIfPresent(metadata, forKey: Key(Self.metadataName))
      for (name, tensor) in tensors { try container.encode(tensor, forKey: Key(name)) }
    }
  }
}

extension TensorTable {
  /// Reads the header of one safetensors file.
  init(
    safeTensors bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    let header = try SafeTensorsHeader(parsing: bytes, of: file, limits: limits)
    self.init(format: .safetensors, metadata: header.metadata)
    for (name, entry) in try header.tensors(upTo: bytes.count) {
      try add(name, entry, at: SafeTensorsHeader.lengthBytes, of: file)
    }
  }
}

extension DecodingError {
  /// What a JSON decoder has to say of an error, as a clause.
  package static func clause(_ error: any Error) -> String {
    let context: Context
    switch error {
    case DecodingError.dataCorrupted(let found), DecodingError.keyNotFound(_, let found),
      DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found):
      context = found
    default: return "\(error)"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: "/").prefix(80)
    let sentence = context.debugDescription
    let clause = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    return path.isEmpty ? clause : "at “\(path)”, \(clause)"
  }
}
