import Foundation

/// A PyTorch checkpoint of named tensors, mapped into memory.
///
/// Reads the zip archives that `torch.save` has written since PyTorch 1.6, the format before them, and the parameters of
/// TorchScript archives. A checkpoint is a program for Python's unpickler; here it is read as data, and nothing in it
/// is ever run: a file that names a class or a function other than those that tensors are made of is refused by that
/// name. Opening checks every claim of the file, so that reading a tensor afterwards cannot leave it.
///
/// A tensor's name is the path of dictionary keys, list indices and attributes that leads to it, joined by dots:
/// `state_dict.conv1.weight`. Numbers, texts and what else a checkpoint holds beside tensors are passed over.
public struct TorchFile: Sendable {
  /// How a tensor's numbers are stored.
  public typealias DataType = NumberType

  /// How much a file may ask for, each limit far above what checkpoints need.
  public struct Limits: Sendable {
    /// The bytes of the pickled object; in the older format, of everything before the numbers.
    public var pickleBytes = 64 << 20
    /// The values a pickle may keep for reference.
    public var memoEntries = 1_000_000
    /// The values that may wait to be put into others.
    public var stackValues = 1_000_000
    /// The values that may be made altogether, and the paths that may lead to them.
    public var values = 10_000_000
    /// How many containers may lie one in another.
    public var nestingDepth = 100
    /// The bytes of the names of all tensors, and of the containers on the way to them.
    public var nameBytes = 16 << 20
    /// The entries of an archive.
    public var archiveEntries = 100_000

    /// Makes the limits that hold where nothing else is asked for.
    public init() {}
  }

  /// The tensors' names, in the order of the file.
  public let names: [String]

  private let entries: [String: StridedNumbers]
  private let file: MappedFile
  private let path: String

  /// Opens the file at `url` and checks it; the numbers are read when asked for.
  ///
  /// Throws ``FileError`` when the file cannot be opened and ``TorchFileError`` when it is refused.
  public init(contentsOf url: URL, limits: Limits = Limits()) throws {
    let path = url.absoluteURL.path
    let file = try MappedFile(contentsOf: url)
    let contents = try file.withBytes { bytes throws(TorchFileError) in
      try Contents(parsing: bytes, of: path, limits: limits)
    }
    let found = try TensorNames(in: contents.tree, from: contents.root, limits: limits, file: path).found
    var entries: [String: StridedNumbers] = [:]
    for (name, number) in found {
      let tensor = contents.tree.tensors[number]
      let entry = StridedNumbers(
        type: contents.tree.storages[tensor.storage].type, shape: tensor.shape, strides: tensor.strides,
        start: tensor.start, storage: contents.places[tensor.storage])
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw TorchFileError.nameRepeated(file: path, got: name)
      }
    }
    (self.path, self.file, self.entries, names) = (path, file, entries, found.map(\.name))
  }

  /// The shape of the tensor called `name`, or nil when there is none.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// How the numbers of the tensor called `name` are stored, or nil when there is none.
  public func dataType(of name: String) -> DataType? { entries[name]?.type }

  /// The tensor called `name`, converted to single precision.
  ///
  /// Doubles and integers are rounded to the nearest single; a boolean is 0 or 1. Throws
  /// ``TorchFileError/tensorMissing``, with the nearest names there are.
  public func tensor(_ name: String) throws(TorchFileError) -> Tensor { read(try entry(name)) }

  /// The tensor called `name`, which has to have the given shape.
  ///
  /// Throws ``TorchFileError/shapeMismatch`` when it has another, or ``TorchFileError/tensorMissing``.
  public func tensor(_ name: String, shape: [Int]) throws(TorchFileError) -> Tensor {
    let entry = try entry(name)
    guard entry.shape == shape else {
      throw .shapeMismatch(file: path, tensor: name, expected: shape, got: entry.shape)
    }
    return read(entry)
  }

  private func entry(_ name: String) throws(TorchFileError) -> StridedNumbers {
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
