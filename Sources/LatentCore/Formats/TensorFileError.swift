import Foundation

/// Why a file of tensors was refused, or why tensors could not be put into one.
///
/// `file` is the path, `tensor` a tensor's name, and `offset` counts bytes from the beginning of the file.
public enum TensorFileError: Error, Equatable, Sendable {
  /// The file is of no format that is read.
  case formatUnknown(file: String)
  /// The file is of a known format that is not read; `got` says of which, and what to do, as a clause.
  case formatUnsupported(file: String, got: String)
  /// At `offset` the file, or the part of it being read, ends too early; both counts are in bytes.
  case truncated(file: String, offset: Int, expected: Int, got: Int)
  /// The file asks for more than ``FileLimits`` allow; `limit` says of what, and `expected` how much is allowed.
  case limitExceeded(file: String, offset: Int, limit: String, expected: Int)
  /// The file contradicts its own format.
  case malformed(file: String, offset: Int, reason: String)
  /// A pickle asks for what only an attack needs, such as `os.system`, or is as a whole an object of a class, such as a
  /// module, and no container of tensors. Nothing was run.
  case globalRefused(file: String, offset: Int, got: String)
  /// A pickle holds an instruction that no checkpoint of tensors needs.
  case opcodeUnsupported(file: String, offset: Int, got: UInt8)
  /// The archive has no entry of that name.
  case entryMissing(file: String, expected: String)
  /// An entry is compressed or encrypted where plain bytes are expected; `got` is the zip method.
  case entryPacked(file: String, offset: Int, entry: String, got: Int)
  /// The numbers are stored in another byte order than the little-endian one.
  case byteOrderUnsupported(file: String, offset: Int, got: String)
  /// The numbers are of a type that is not read.
  case typeUnsupported(file: String, offset: Int, tensor: String, got: String)
  /// The numbers of a storage are not all there; sizes are in bytes.
  case storageMismatch(file: String, offset: Int, storage: String, expected: Int, got: Int)
  /// A tensor reaches out of its storage of `expected` numbers, or has no possible shape.
  case tensorOutsideStorage(
    file: String, offset: Int, expected: Int, start: Int, shape: [Int], strides: [Int])
  /// Two tensors have the same name, or a dictionary has a key twice.
  case nameRepeated(file: String, offset: Int, got: String)
  /// There is no tensor of that name; `nearest` are the most similar names there are.
  case tensorMissing(file: String, expected: String, nearest: [String])
  /// A tensor does not have the shape that was asked for.
  case shapeMismatch(file: String, tensor: String, expected: [Int], got: [Int])
  /// A number cannot be written as the type that was asked for.
  case numberUnstorable(file: String, tensor: String, expected: NumberType, got: Float)
}

extension TensorFileError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was got.
  public var description: String {
    switch self {
    case .formatUnknown(let file):
      "“\(file)” is of no kind that is read here."
    case .formatUnsupported(let file, let got): "“\(file)” is \(got)."
    case .truncated(let file, let offset, let expected, let got):
      "“\(file)” is cut off: at byte \(offset), \(expected) more are expected, and there are \(got)."
    case .limitExceeded(let file, let offset, let limit, let expected):
      "“\(file)” has, at byte \(offset), more than the \(expected) \(limit) allowed."
    case .malformed(let file, let offset, let reason):
      "“\(file)” is malformed at byte \(offset): \(reason)."
    case .globalRefused(let file, let offset, let got):
      "“\(file)” asks at byte \(offset) for “\(got)”, which is not among what tensors need; nothing was run."
    case .opcodeUnsupported(let file, let offset, let got):
      "“\(file)” has at byte \(offset) the pickle instruction \(got), which is not among those tensors need."
    case .entryMissing(let file, let expected):
      "“\(file)” is not whole: it has no “\(expected)”."
    case .entryPacked(let file, let offset, let entry, let got):
      """
      “\(file)” holds “\(entry)”, at byte \(offset), packed by zip method \(got) or encrypted, where plain bytes are \
      expected.
      """
    case .byteOrderUnsupported(let file, let offset, let got):
      "“\(file)” says at byte \(offset) that its numbers are in the byte order “\(got)”, not “little”."
    case .typeUnsupported(let file, let offset, let tensor, let got):
      "“\(file)” has at byte \(offset) the numbers of “\(tensor.prefix(80))” as “\(got)”, not a type that it may have."
    case .storageMismatch(let file, let offset, let storage, let expected, let got):
      "“\(file)” holds at byte \(offset) \(got, "byte") of “\(storage)”, where \(expected) are expected."
    case .tensorOutsideStorage(let file, let offset, let expected, let start, let shape, let strides):
      """
      “\(file)” asks at byte \(offset) for a tensor from \(start) in the shape \(shape) by the strides \(strides), \
      which its storage of \(expected) numbers does not hold.
      """
    case .nameRepeated(let file, let offset, let got):
      "“\(file)” has the name “\(got.prefix(80))” more than once, at byte \(offset)."
    case .tensorMissing(let file, let expected, let nearest):
      "“\(file)” has no tensor “\(expected.prefix(80))”\(Self.suggestion(nearest))."
    case .shapeMismatch(let file, let tensor, let expected, let got):
      "“\(file)” holds “\(tensor.prefix(80))” in the shape \(got), not \(expected)."
    case .numberUnstorable(let file, let tensor, let expected, let got):
      "“\(tensor)” cannot go into “\(file)” as \(expected.rawValue), which does not hold its number \(got)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }

  private static func suggestion(_ names: [String]) -> String {
    names.isEmpty
      ? " and no other" : "; the nearest are \(names.map { "“\($0.prefix(80))”" }.joined(separator: ", "))"
  }
}
