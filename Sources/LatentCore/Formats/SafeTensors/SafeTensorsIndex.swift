import Foundation

/// The JSON file beside the parts of a large model: which part holds which tensor.
struct SafeTensorsIndex {
  /// What is known of the model as a whole, texts only.
  let metadata: [String: String]
  /// The names of the files, in alphabetical order.
  let parts: [String]
  private let namesOf: [String: [String]]

  /// An index as it is written.
  struct Written: Encodable {
    let metadata: [String: String]
    let weightMap: [String: String]

    private enum CodingKeys: String, CodingKey {
      case metadata
      case weightMap = "weight_map"
    }
  }

  /// An index as it is read.
  private struct Stored: Decodable {
    let metadata: [String: Value]?
    let weightMap: [String: String]

    private enum CodingKeys: String, CodingKey {
      case metadata
      case weightMap = "weight_map"
    }
  }

  /// A value of the metadata, of which texts are kept.
  private enum Value: Decodable {
    case text(String)
    case other

    init(from decoder: any Swift.Decoder) throws {
      self = (try? decoder.singleValueContainer().decode(String.self)).map { .text($0) } ?? .other
    }
  }

  /// Reads an index; nil when the bytes do not begin as JSON, which no other format does.
  ///
  /// A safetensors file begins with a length below 2³², whose upper bytes are zero.
  init?(
    parsing bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    let bytes = bytes.withoutByteOrderMark
    guard bytes.first == UInt8(ascii: "{"), !bytes.prefix(SafeTensorsHeader.lengthBytes).contains(0) else {
      return nil
    }
    guard bytes.count <= limits.headerBytes else {
      throw .limitExceeded(file: file, offset: 0, limit: "bytes of index", expected: limits.headerBytes)
    }
    let stored: Stored
    do {
      stored = try JSONDecoder().decode(Stored.self, from: Data(bytes))
    } catch {
      throw .malformed(file: file, offset: 0, reason: "the index is none, \(DecodingError.clause(error))")
    }
    guard stored.weightMap.count <= limits.tensors else {
      throw .limitExceeded(file: file, offset: 0, limit: "tensors", expected: limits.tensors)
    }
    namesOf = Dictionary(grouping: stored.weightMap.keys) { stored.weightMap[$0] ?? "" }
    parts = namesOf.keys.sorted()
    metadata = (stored.metadata ?? [:]).compactMapValues {
      if case .text(let text) = $0 { text } else { nil }
    }
    // A stranger's index must not make a program open any other file than those beside it.
    for part in parts where part.isEmpty || part == "." || part == ".." || part.contains("/") {
      throw .malformed(
        file: file, offset: 0, reason: "“\(part.prefix(80))” is not the name of a file beside it")
    }
  }

  /// Makes sure that a part holds exactly the tensors that the index says.
  func check(_ names: [String], of part: String, path: String) throws(TensorFileError) {
    let expected = Set(namesOf[part] ?? [])
    let found = Set(names)
    if let missing = expected.subtracting(found).min() {
      throw .malformed(file: path, offset: 0, reason: "“\(part)” lacks “\(missing)”, which it should hold")
    }
    if let spare = found.subtracting(expected).min() {
      throw .malformed(
        file: path, offset: 0, reason: "“\(part)” holds “\(spare)”, which the index does not list")
    }
  }
}
