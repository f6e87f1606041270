import Foundation

/// Why a PyTorch checkpoint was refused.
///
/// `file` is the path, `tensor` a tensor's name, and `offset` counts bytes from the beginning of the file.
public enum TorchFileError: Error, Equatable, Sendable {
  /// The file is of neither of PyTorch's formats.
  case formatUnknown(file: String)
  /// At `offset` the file, or the part of it being read, ends too early; both counts are in bytes.
  case truncated(file: String, offset: Int, expected: Int, got: Int)
  /// The file asks for more than ``TorchFile/Limits`` allow; `limit` says of what, and `expected` how much is allowed.
  case limitExceeded(file: String, offset: Int, limit: String, expected: Int)
  /// The pickle names a class or function that no tensor needs, such as `os.system`. Nothing was run.
  case globalRefused(file: String, offset: Int, got: String)
  /// The pickle holds an instruction that no checkpoint of tensors needs.
  case opcodeUnsupported(file: String, offset: Int, got: UInt8)
  /// The archive or the pickle contradicts its own format.
  case malformed(file: String, offset: Int, reason: String)
  /// The archive has no entry of that name.
  case entryMissing(file: String, expected: String)
  /// An entry is compressed or encrypted, which PyTorch never does to tensors; `got` is the zip method.
  case entryPacked(file: String, entry: String, got: Int)
  /// The numbers are stored in another byte order than the little-endian one.
  case byteOrderUnsupported(file: String, got: String)
  /// The numbers of a storage are not all there; sizes are in bytes.
  case storageMismatch(file: String, storage: String, expected: Int, got: Int)
  /// A tensor reaches out of its storage of `expected` numbers, or has no possible shape.
  case tensorOutsideStorage(
    file: String, offset: Int, expected: Int, start: Int, shape: [Int], strides: [Int])
  /// A dictionary's key, under which there is a tensor, is neither a text nor an integer.
  case keyUnsupported(file: String, dictionary: String)
  /// Two tensors have the same name, or a dictionary has a key twice.
  case nameRepeated(file: String, got: String)
  /// Containers lie in containers deeper than ``TorchFile/Limits`` allow; a container in itself is infinitely deep.
  case nestingTooDeep(file: String, container: String, expected: Int)
  /// The names of the tensors take more bytes than ``TorchFile/Limits`` allow.
  case namesTooLong(file: String, expected: Int)
  /// The containers, which may share others, lead to values on more paths than ``TorchFile/Limits`` allow.
  case pathsTooMany(file: String, expected: Int)
  /// There is no tensor of that name; `nearest` are the most similar names there are.
  case tensorMissing(file: String, expected: String, nearest: [String])
  /// A tensor does not have the shape that was asked for.
  case shapeMismatch(file: String, tensor: String, expected: [Int], got: [Int])
}

extension TorchFileError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was got.
  public var description: String {
    switch self {
    case .formatUnknown(let file):
      "“\(file)” is not a PyTorch checkpoint: it begins neither as a zip archive nor with PyTorch's magic number."
    case .truncated(let file, let offset, let expected, let got):
      "“\(file)” is cut off: at byte \(offset), \(expected) more are expected, and there are \(got)."
    case .limitExceeded(let file, let offset, let limit, let expected):
      "“\(file)” has, at byte \(offset), more than the \(expected) \(limit) allowed."
    case .globalRefused(let file, let offset, let got):
      "“\(file)” asks at byte \(offset) for “\(got)”, which is not among what tensors need; nothing was run."
    case .opcodeUnsupported(let file, let offset, let got):
      "“\(file)” has at byte \(offset) the pickle instruction \(got), which is not among those tensors need."
    case .malformed(let file, let offset, let reason):
      "“\(file)” is malformed at byte \(offset): \(reason)."
    case .entryMissing(let file, let expected):
      "“\(file)” is not a whole PyTorch checkpoint: it has no “\(expected)”."
    case .entryPacked(let file, let entry, let got):
      "“\(file)” holds “\(entry)” packed by zip method \(got) or encrypted, where plain bytes are expected."
    case .byteOrderUnsupported(let file, let got):
      "“\(file)” holds its numbers in the byte order “\(got)”, not “little”."
    case .storageMismatch(let file, let storage, let expected, let got):
      "“\(file)” holds \(got) bytes of the storage “\(storage)”, where \(expected) are expected."
    case .tensorOutsideStorage(let file, let offset, let expected, let start, let shape, let strides):
      """
      “\(file)” asks at byte \(offset) for a tensor from \(start) in the shape \(shape) by the strides \(strides), \
      which its storage of \(expected) numbers does not hold.
      """
    case .keyUnsupported(let file, let dictionary):
      "“\(file)” holds tensors in “\(dictionary)” under a key that is neither a text nor an integer."
    case .nameRepeated(let file, let got):
      "“\(file)” has the name “\(got)” more than once."
    case .nestingTooDeep(let file, let container, let expected):
      "“\(file)” nests containers deeper than the \(expected) allowed, at “\(container.prefix(80))”."
    case .namesTooLong(let file, let expected):
      "“\(file)” names its tensors in more than the \(expected) bytes allowed."
    case .pathsTooMany(let file, let expected):
      "“\(file)” leads to its values on more than the \(expected) paths allowed."
    case .tensorMissing(let file, let expected, let nearest):
      "“\(file)” has no tensor “\(expected)”\(Self.suggestion(nearest))."
    case .shapeMismatch(let file, let tensor, let expected, let got):
      "“\(file)” holds “\(tensor)” in the shape \(got), not \(expected)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }

  private static func suggestion(_ names: [String]) -> String {
    names.isEmpty ? " and no other" : "; the nearest are \(names.map { "“\($0)”" }.joined(separator: ", "))"
  }
}
