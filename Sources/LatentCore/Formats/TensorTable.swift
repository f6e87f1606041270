/// What a file of tensors was recognized as.
public enum TensorFileFormat: String, Sendable {
  /// One safetensors file.
  case safetensors
  /// Parts in safetensors, and an index of them.
  case safetensorsIndex = "safetensors index"
  /// PyTorch's zip archive.
  case torch = "PyTorch"
  /// PyTorch's format before 1.6.
  case legacyTorch = "PyTorch legacy"
  /// A zip archive of parameters and code.
  case torchScript = "TorchScript"
  /// One NumPy array.
  case npy
  /// A zip archive of NumPy arrays.
  case npz
}

/// What a file says before any number is read: the table that a parser of a format fills.
struct TensorTable {
  /// A tensor's numbers, in one of the files.
  struct Entry {
    var file = 0
    let numbers: StridedNumbers
    /// Where the numbers' storage has to be inflated from; a storage that lies in the file as it is has none.
    var deflated: ZipArchive.Deflated?
  }

  let format: TensorFileFormat
  var metadata: [String: String] = [:]
  var names: [String] = []
  var entries: [String: Entry] = [:]

  /// Adds a tensor, whose name must be new.
  mutating func add(
    _ name: String, _ entry: Entry, at offset: Int, of file: String
  ) throws(TensorFileError) {
    guard entries.updateValue(entry, forKey: name) == nil else {
      throw .nameRepeated(file: file, offset: offset, got: name)
    }
    names.append(name)
  }
}
