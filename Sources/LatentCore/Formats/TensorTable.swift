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
  /// Python's pickle of arrays or tensors, outside PyTorch's formats.
  case pickle = "Python pickle"
  /// One NumPy array.
  case npy
  /// A zip archive of NumPy arrays.
  case npz
}

/// What a file says before any number is read: the table that a parser of a format fills.
struct TensorTable {
  /// A tensor in one of the files.
  struct Entry {
    /// Where the bytes are that a tensor's numbers lie in.
    enum Place {
      /// In the file as they are.
      case file
      /// In an entry of an archive that has to be inflated.
      case deflated(ZipArchive.Deflated)
      /// In a pickle among other values, from which they were taken.
      case memory([UInt8])
    }

    enum Content {
      case numbers(StridedNumbers, Place)
      /// Numbers of a type that is not read, which is an error when they are asked for.
      case refused(type: String, offset: Int)
    }

    var file = 0
    let shape: [Int]
    let content: Content

    /// Describes numbers that are read.
    init(_ numbers: StridedNumbers, in place: Place = .file) {
      (shape, content) = (numbers.shape, .numbers(numbers, place))
    }

    /// Describes numbers that are not read; `type` is what the file calls them.
    init(refusing type: String, shape: [Int], at offset: Int) {
      (self.shape, content) = (shape, .refused(type: type, offset: offset))
    }
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
