import Foundation

/// Why a safetensors file was refused, or why tensors could not be put into one.
///
/// `file` is the path, `tensor` the tensor's name; sizes and offsets are in bytes.
public enum SafeTensorsError: Error, Equatable, Sendable {
  /// The file has not even room for the length of its header.
  case fileTooShort(file: String, expected: Int, got: Int)
  /// The header says it is longer than the format allows; `expected` is the limit.
  case headerTooLong(file: String, expected: Int, got: UInt64)
  /// The header says it is longer than the rest of the file; `got` is that rest.
  case headerTruncated(file: String, expected: Int, got: Int)
  /// The header is not a JSON object of the form that the format prescribes.
  case headerMalformed(file: String, reason: String)
  /// A name occurs more than once in the header.
  case nameRepeated(file: String, expected: Int, got: Int)
  /// The numbers of a tensor are of a type that this library cannot read.
  case typeUnsupported(file: String, tensor: String, expected: [String], got: String)
  /// A length is negative, or the tensor has more elements than can be counted.
  case shapeInvalid(file: String, tensor: String, got: [Int])
  /// The data offsets are not a begin and an end.
  case offsetsInvalid(file: String, tensor: String, got: [Int])
  /// A tensor's data leave a hole after, or overlap, the data before them.
  case offsetsNotContiguous(file: String, tensor: String, expected: Int, got: Int)
  /// A tensor's data end behind the end of the file.
  case dataTruncated(file: String, tensor: String, expected: Int, got: Int)
  /// A tensor's data do not have the size that its shape and type ask for.
  case sizeMismatch(file: String, tensor: String, expected: Int, got: Int)
  /// Bytes follow the last tensor.
  case trailingBytes(file: String, expected: Int, got: Int)
  /// There is no tensor of that name; `nearest` are the most similar names there are.
  case tensorMissing(file: String, expected: String, nearest: [String])
  /// A tensor does not have the shape that was asked for.
  case shapeMismatch(file: String, tensor: String, expected: [Int], got: [Int])
  /// A finite number is too large for half precision.
  case halfOverflow(file: String, tensor: String, expected: Float, got: Float)
}

extension SafeTensorsError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was got.
  public var description: String {
    switch self {
    case .fileTooShort(let file, let expected, let got):
      "“\(file)” is not a safetensors file: it has \(got) bytes, and \(expected) are needed to begin with."
    case .headerTooLong(let file, let expected, let got):
      "“\(file)” is not a safetensors file: its header would have \(got) bytes, more than \(expected)."
    case .headerTruncated(let file, let expected, let got):
      "“\(file)” is cut off: its header has \(expected) bytes, of which \(got) are there."
    case .headerMalformed(let file, let reason):
      "“\(file)” has a malformed header: \(reason)."
    case .nameRepeated(let file, let expected, let got):
      "“\(file)” repeats a name: its header has \(got) entries under \(expected) names."
    case .typeUnsupported(let file, let tensor, let expected, let got):
      "“\(file)” holds “\(tensor)” as \(got), not as one of \(expected.joined(separator: ", "))."
    case .shapeInvalid(let file, let tensor, let got):
      "“\(file)” gives “\(tensor)” the impossible shape \(got), where lengths from 0 are expected."
    case .offsetsInvalid(let file, let tensor, let got):
      "“\(file)” gives “\(tensor)” the data offsets \(got), where a begin and an end are expected."
    case .offsetsNotContiguous(let file, let tensor, let expected, let got):
      "“\(file)” begins the data of “\(tensor)” at \(got), where \(expected) is expected."
    case .dataTruncated(let file, let tensor, let expected, let got):
      "“\(file)” is cut off: the data of “\(tensor)” end at \(expected), and there are \(got) bytes."
    case .sizeMismatch(let file, let tensor, let expected, let got):
      "“\(file)” holds \(got) bytes for “\(tensor)”, whose shape and type ask for \(expected)."
    case .trailingBytes(let file, let expected, let got):
      "“\(file)” holds \(got) bytes of data, but its tensors only \(expected)."
    case .tensorMissing(let file, let expected, let nearest):
      "“\(file)” has no tensor “\(expected)”\(Self.suggestion(nearest))."
    case .shapeMismatch(let file, let tensor, let expected, let got):
      "“\(file)” holds “\(tensor)” in the shape \(got), not \(expected)."
    case .halfOverflow(let file, let tensor, let expected, let got):
      "“\(tensor)” cannot go into “\(file)” in half precision: it holds \(got), beyond ±\(expected)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }

  private static func suggestion(_ names: [String]) -> String {
    names.isEmpty ? " and no other" : "; the nearest are \(names.map { "“\($0)”" }.joined(separator: ", "))"
  }
}
