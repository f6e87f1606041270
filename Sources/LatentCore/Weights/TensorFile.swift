import Foundation

/// A file of named tensors, mapped into memory: safetensors, a PyTorch checkpoint, or NumPy's arrays.
///
/// The format is recognized by the first bytes, whatever the file is called:
///
/// - safetensors, also in parts, by the index that lists them (`model.safetensors.index.json`);
/// - PyTorch checkpoints: the zip archives that `torch.save` has written since 1.6, the format before them, and the
///   parameters of TorchScript archives. A checkpoint is a program for Python's unpickler; here it is read as data, and
///   nothing in it is ever looked up or run: what is no tensor is passed over, whatever class it is of. A file that is
///   as a whole of another class, or names what only an attack needs, is refused by that name. A tensor's name is the
///   path of dictionary keys, list indices and attributes that leads to it, joined by dots: `state_dict.conv1.weight`;
/// - Python's pickles of NumPy's arrays, named likewise;
/// - `.npy`, whose one array has the empty name, and `.npz`, stored or deflated.
///
/// Opening checks every claim of a file, so that reading a tensor afterwards cannot leave it. Numbers, texts and what
/// else a file holds beside tensors are passed over, and a tensor of a type that is not read is refused when it is asked
/// for. No entry's name is ever taken for a path to write to.
///
/// Source: https://github.com/huggingface/safetensors#format; NumPy's `numpy/lib/format.py`; Python's `pickletools.py`.
public struct TensorFile: Sendable {
  /// What the file was recognized as.
  public let format: TensorFileFormat
  /// The file's own key-value pairs: safetensors' metadata, the texts and numbers of a pickled dictionary.
  public let metadata: [String: String]
  /// The tensors' names, in the order of the file.
  public let names: [String]

  private let entries: [String: TensorTable.Entry]
  /// The file, or its parts.
  private let files: [MappedFile]
  package let path: String

  /// Opens the file at `url` and checks it; the numbers are read when asked for.
  ///
  /// Throws ``FileError`` when the file, or a part of it, cannot be opened and ``TensorFileError`` when it is refused.
  public init(contentsOf url: URL, limits: FileLimits = FileLimits()) throws {
    let path = url.absoluteURL.path
    let file = try MappedFile(contentsOf: url)
    let index = try file.withBytes { bytes throws(TensorFileError) in
      try SafeTensorsIndex(parsing: bytes, of: path, limits: limits)
    }
    if let index {
      try self.init(partsOf: index, besides: url, limits: limits)
    } else {
      let table = try file.withBytes { bytes throws(TensorFileError) in
        try TensorTable(parsing: bytes, of: path, limits: limits)
      }
      self.init(table, in: [file], path: path)
    }
  }

  private init(partsOf index: SafeTensorsIndex, besides url: URL, limits: FileLimits) throws {
    let path = url.absoluteURL.path
    var table = TensorTable(format: .safetensorsIndex, metadata: index.metadata)
    var files: [MappedFile] = []
    for part in index.parts {
      let partURL = url.deletingLastPathComponent().appendingPathComponent(part)
      let file = try MappedFile(contentsOf: partURL)
      let found = try file.withBytes { bytes throws(TensorFileError) in
        try TensorTable(safeTensors: bytes, of: partURL.absoluteURL.path, limits: limits)
      }
      try index.check(found.names, of: part, path: path)
      for (name, entry) in found.entries {
        table.entries[name] = entry
        table.entries[name]?.file = files.count
      }
      table.names += found.names
      files.append(file)
    }
    self.init(table, in: files, path: path)
  }

  private init(_ table: TensorTable, in files: [MappedFile], path: String) {
    (format, metadata, names) = (table.format, table.metadata, table.names)
    (entries, self.files, self.path) = (table.entries, files, path)
  }

  /// The shape of the tensor called `name`, or nil when there is none.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// How the numbers of the tensor called `name` are stored, or nil when there is none or they are not read.
  public func numberType(of name: String) -> NumberType? {
    guard case .numbers(let numbers, _)? = entries[name]?.content else { return nil }
    return numbers.type
  }

  /// What the type of the numbers of the tensor called `name` is called: safetensors' name for it, or the file's own
  /// where the type is not read; nil when there is no such tensor.
  public func typeName(of name: String) -> String? {
    switch entries[name]?.content {
    case .numbers(let numbers, _): numbers.type.rawValue
    case .refused(let type, _): type
    case nil: nil
    }
  }

  /// The tensor called `name`, converted to single precision.
  ///
  /// Doubles and integers are rounded to the nearest single; a boolean is 0 or 1.
  ///
  /// - Throws: ``TensorFileError/tensorMissing(file:expected:nearest:)`` with the nearest names there are;
  ///   ``TensorFileError/typeUnsupported(file:offset:tensor:got:)`` when its numbers are not read; when a compressed entry is not what it says, ``TensorFileError/malformed(file:offset:reason:)``.
  public func tensor(_ name: String) throws(TensorFileError) -> Tensor {
    try read(name, entry(name))
  }

  /// The tensor called `name`, which has to have the given shape.
  ///
  /// - Throws: ``TensorFileError/shapeMismatch(file:tensor:expected:got:)`` when it has another, and what
  ///   ``tensor(_:)`` throws.
  public func tensor(_ name: String, shape: [Int]) throws(TensorFileError) -> Tensor {
    let entry = try entry(name)
    guard entry.shape == shape else {
      throw .shapeMismatch(file: path, tensor: name, expected: shape, got: entry.shape)
    }
    return try read(name, entry)
  }

  private func entry(_ name: String) throws(TensorFileError) -> TensorTable.Entry {
    guard let entry = entries[name] else {
      throw .tensorMissing(
        file: path, expected: name, nearest: NearestNames.nearest(to: name, in: names))
    }
    return entry
  }

  private func read(_ name: String, _ entry: TensorTable.Entry) throws(TensorFileError) -> Tensor {
    let file = files[entry.file]
    switch entry.content {
    case .refused(let type, let offset):
      throw .typeUnsupported(file: path, offset: offset, tensor: name, got: type)
    case .numbers(let numbers, .memory(let bytes)):
      return bytes.withUnsafeBytes { numbers.tensor(in: $0) }
    case .numbers(let numbers, .deflated(let deflated)):
      let contents = try file.withBytes { bytes throws(TensorFileError) in
        try deflated.contents(of: bytes, in: path)
      }
      return contents.withUnsafeBytes { numbers.tensor(in: $0) }
    case .numbers(let numbers, .file):
      defer { file.release(numbers.storage) }
      return file.withBytes { numbers.tensor(in: $0) }
    }
  }
}

extension TensorTable {
  /// Recognizes a format by its first bytes, and reads what the file says.
  init(
    parsing bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    if bytes.starts(with: ZipArchive.magic) {
      let archive = try ZipArchive(bytes, of: file, limits: limits)
      if let pickle = archive.names.first(where: TorchContents.isPickle) {
        try self.init(torch: TorchContents(archive, pickle: pickle, bytes, of: file, limits: limits))
      } else {
        try self.init(npz: archive, of: file, limits: limits)
      }
    } else if let start = TorchContents.legacyStart(of: bytes) {
      try self.init(torch: TorchContents(legacy: bytes, from: start, of: file, limits: limits))
    } else if bytes.starts(with: NumPyHeader.magic) {
      try self.init(npy: bytes, of: file, limits: limits)
    } else if bytes.count > SafeTensorsHeader.lengthBytes,
      bytes[SafeTensorsHeader.lengthBytes] == UInt8(ascii: "{")
    {
      // Before pickles: a header of 0x280 bytes begins as a pickle of protocol 2 does.
      try self.init(safeTensors: bytes, of: file, limits: limits)
    } else if bytes.count > 2, bytes[0] == TorchContents.pickleStart, (2...5).contains(bytes[1]) {
      try self.init(torch: TorchContents(pickle: bytes, of: file, limits: limits))
    } else if let clause = ForeignFile.clause(bytes) {
      throw .formatUnsupported(file: file, got: clause)
    } else {
      throw .formatUnknown(file: file)
    }
  }
}
