import Foundation

/// A file of named tensors in the safetensors format, mapped into memory.
///
/// The file is an 8-byte little-endian length, that many bytes of JSON (name → type, shape, place), and the numbers.
/// Opening checks every claim of the header against the file, so that reading a tensor afterwards cannot leave it.
/// Numbers are taken from the file as the host has them in memory: the host is little-endian, as all that Swift runs
/// on are.
///
/// Source: https://github.com/huggingface/safetensors#format.
public struct SafeTensors: Sendable {
  /// The file's own key-value pairs; empty when it has none.
  public let metadata: [String: String]
  /// The tensors' names, in the order in which their data lie in the file.
  public let names: [String]

  private let entries: [String: StridedNumbers]
  private let file: MappedFile
  private let path: String

  /// Opens the file at `url` and checks its header; the numbers are read when asked for.
  ///
  /// Throws ``FileError`` when the file cannot be opened and ``SafeTensorsError`` when it is not well formed.
  public init(contentsOf url: URL) throws {
    let path = url.absoluteURL.path
    file = try MappedFile(contentsOf: url)
    let header = try file.withBytes { bytes in try Header(parsing: bytes, of: path) }
    self.path = path
    metadata = header.metadata
    names = header.names
    entries = header.entries
  }

  /// The shape of the tensor called `name`, or nil when there is none.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// How the numbers of the tensor called `name` are stored, or nil when there is none.
  public func dataType(of name: String) -> DataType? { entries[name]?.type }

  /// The tensor called `name`, converted to single precision.
  ///
  /// Doubles and integers are rounded to the nearest single. Throws ``SafeTensorsError/tensorMissing``, with the
  /// nearest names there are.
  public func tensor(_ name: String) throws(SafeTensorsError) -> Tensor { try read(entry(name)) }

  /// The tensor called `name`, which has to have the given shape.
  ///
  /// Throws ``SafeTensorsError/shapeMismatch`` when it has another, or ``SafeTensorsError/tensorMissing``.
  public func tensor(_ name: String, shape: [Int]) throws(SafeTensorsError) -> Tensor {
    let entry = try entry(name)
    guard entry.shape == shape else {
      throw .shapeMismatch(file: path, tensor: name, expected: shape, got: entry.shape)
    }
    return read(entry)
  }

  private func entry(_ name: String) throws(SafeTensorsError) -> StridedNumbers {
    guard let entry = entries[name] else {
      throw .tensorMissing(
        file: path, expected: name, nearest: NearestNames.nearest(to: name, in: names))
    }
    return entry
  }

  private func read(_ entry: StridedNumbers) -> Tensor {
    defer { file.release(entry.storage) }
    return file.withBytes { bytes in entry.tensor(in: bytes) }
  }
}
