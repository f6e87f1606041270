import Foundation

extension SafeTensors {
  /// How a tensor's numbers are stored.
  public typealias DataType = NumberType

  /// The types that are read.
  static let readTypes: [DataType] = [.float64, .float32, .float16, .bfloat16, .int64, .int32, .uint8]

  /// The header of a file, every claim of it checked against the file.
  struct Header {
    private(set) var metadata: [String: String] = [:]
    private(set) var entries: [String: StridedNumbers] = [:]
    /// In the order of their data.
    private(set) var names: [String] = []

    /// The format's limit on the length of the JSON text.
    static let longest = 100_000_000
    /// The little-endian length of the JSON text, with which a file begins.
    static let lengthBytes = 8

    init(parsing bytes: UnsafeRawBufferPointer, of file: String) throws(SafeTensorsError) {
      let text = try Self.text(of: bytes, of: file)
      let stored: StoredHeader
      do {
        stored = try JSONDecoder().decode(StoredHeader.self, from: Data(text))
      } catch {
        throw .headerMalformed(file: file, reason: Self.reason(error))
      }
      let found = stored.tensors.count + (stored.metadata == nil ? 0 : 1)
      let written = Self.topLevelKeys(in: text)
      guard written == found else { throw .nameRepeated(file: file, expected: found, got: written) }
      metadata = stored.metadata ?? [:]
      try place(stored.tensors, from: Self.lengthBytes + text.count, in: bytes.count, of: file)
    }

    private static func text(
      of bytes: UnsafeRawBufferPointer, of file: String
    ) throws(SafeTensorsError) -> UnsafeRawBufferPointer {
      guard bytes.count >= lengthBytes else {
        throw .fileTooShort(file: file, expected: lengthBytes, got: bytes.count)
      }
      let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
      guard length <= longest else { throw .headerTooLong(file: file, expected: longest, got: length) }
      let rest = bytes[lengthBytes...]
      guard Int(length) <= rest.count else {
        throw .headerTruncated(file: file, expected: Int(length), got: rest.count)
      }
      let text = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(length)))
      guard text.first == UInt8(ascii: "{") else {
        throw .headerMalformed(file: file, reason: "it does not begin with “{”")
      }
      // The decoder would take zero bytes for a sign of UTF-16 or UTF-32; the format is UTF-8.
      guard !text.contains(0) else {
        throw .headerMalformed(file: file, reason: "it contains zero bytes")
      }
      return text
    }

    /// Checks types, shapes and sizes, and that the data follow each other from `start` to `end` without a gap.
    private mutating func place(
      _ tensors: [String: StoredTensor], from start: Int, in end: Int, of file: String
    ) throws(SafeTensorsError) {
      var unordered: [(name: String, entry: StridedNumbers)] = []
      let available = end - start
      for (name, tensor) in tensors {
        guard let type = DataType(rawValue: tensor.dtype), SafeTensors.readTypes.contains(type) else {
          throw .typeUnsupported(
            file: file, tensor: name, expected: SafeTensors.readTypes.map(\.rawValue), got: tensor.dtype)
        }
        guard let size = Self.size(of: tensor.shape, width: type.width) else {
          throw .shapeInvalid(file: file, tensor: name, got: tensor.shape)
        }
        let offsets = tensor.dataOffsets
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
          throw .offsetsInvalid(file: file, tensor: name, got: offsets)
        }
        guard offsets[1] <= available else {
          throw .dataTruncated(file: file, tensor: name, expected: offsets[1], got: available)
        }
        guard offsets[1] - offsets[0] == size else {
          throw .sizeMismatch(file: file, tensor: name, expected: size, got: offsets[1] - offsets[0])
        }
        let range = start + offsets[0]..<start + offsets[1]
        unordered.append((name, StridedNumbers(type: type, shape: tensor.shape, storage: range)))
      }

      // An empty tensor shares its begin with the one that follows it, so ends and names break ties.
      let ordered = unordered.sorted { a, b in
        (a.entry.storage.lowerBound, a.entry.storage.upperBound, a.name)
          < (b.entry.storage.lowerBound, b.entry.storage.upperBound, b.name)
      }
      var position = start
      for (name, entry) in ordered {
        guard entry.storage.lowerBound == position else {
          throw .offsetsNotContiguous(
            file: file, tensor: name, expected: position - start, got: entry.storage.lowerBound - start)
        }
        position = entry.storage.upperBound
        entries[name] = entry
        names.append(name)
      }
      guard position == end else {
        throw .trailingBytes(file: file, expected: position - start, got: available)
      }
    }

    /// The bytes of a tensor, or nil when a length is negative or the product overflows.
    private static func size(of shape: [Int], width: Int) -> Int? {
      var size = 1
      for length in shape + [width] {
        let (product, overflow) = size.multipliedReportingOverflow(by: length)
        guard length >= 0, !overflow else { return nil }
        size = product
      }
      return size
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

    private static func reason(_ error: any Error) -> String {
      let context: DecodingError.Context
      switch error {
      case DecodingError.dataCorrupted(let found), DecodingError.keyNotFound(_, let found),
        DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found):
        context = found
      default: return "\(error)"
      }
      let path = context.codingPath.map(\.stringValue).joined(separator: "/")
      let sentence = context.debugDescription.trimming(suffix: ".")
      return path.isEmpty ? sentence : "at “\(path)”, \(sentence)"
    }
  }

  /// A tensor's entry as JSON spells it.
  struct StoredTensor: Codable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  /// The header as JSON spells it: an object with one entry a tensor, and one for the metadata.
  struct StoredHeader: Codable {
    var metadata: [String: String]?
    var tensors: [String: StoredTensor] = [:]

    static let metadataName = "__metadata__"

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }

    init(metadata: [String: String]?, tensors: [String: StoredTensor]) {
      self.metadata = metadata
      self.tensors = tensors
    }

    init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == Self.metadataName {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(StoredTensor.self, forKey: key)
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

extension String {
  fileprivate func trimming(suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
