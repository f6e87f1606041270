/// What PyTorch's formats have in common: a tree of values, and where the numbers of its storages lie.
struct TorchContents {
  let format: TensorFileFormat
  /// The tensors under their names, in the order of the file.
  let tensors: [(name: String, numbers: StridedNumbers)]
  /// Where the pickle ends in the file.
  let end: Int
  let file: String

  // MARK: - Zip

  /// Whether an entry is the pickle of a checkpoint: `data.pkl` below one folder, whose name is arbitrary.
  static func isPickle(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[1] == "data.pkl"
  }

  /// Reads the entry `pickle` and what lies beside it: `data/KEY` for each storage, `byteorder` since PyTorch 2.1, and
  /// a TorchScript archive's `code/`.
  init(
    _ archive: ZipArchive, pickle name: String, _ bytes: UnsafeRawBufferPointer, of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let folder = name.dropLast("data.pkl".count)
    if archive.contains("\(folder)byteorder") {
      let place = try archive.range(of: "\(folder)byteorder")
      let order = String(decoding: bytes[place].prefix(80), as: UTF8.self)
      guard order == "little" else {
        throw .byteOrderUnsupported(file: file, offset: place.lowerBound, got: order)
      }
    }

    let pickle = try archive.range(of: name)
    guard pickle.count <= limits.pickleBytes else {
      throw .limitExceeded(
        file: file, offset: pickle.lowerBound, limit: Self.pickleLimit, expected: limits.pickleBytes)
    }
    let reader = ByteReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<pickle.upperBound]), of: file, at: pickle.lowerBound)
    let isScript = archive.names.contains { $0.hasPrefix("\(folder)code/") }
    var unpickler = Unpickler(reader, limits: limits, allowsScriptClasses: isScript)
    let root = try unpickler.load()
    let places = try unpickler.tree.storages.map { storage throws(TensorFileError) in
      let place = try archive.range(of: "\(folder)data/\(storage.key)")
      guard storage.size <= place.count else {
        throw .storageMismatch(
          file: file, offset: place.lowerBound, storage: storage.key, expected: storage.size, got: place.count
        )
      }
      return place
    }
    try self.init(
      isScript ? .torchScript : .torch, unpickler, root: root, places: places, limits: limits)
  }

  private static let pickleLimit = "bytes of pickle"

  // MARK: - Legacy

  /// The pickle of 0x1950a86a20f9469cfc6c, which is always written the same.
  static let legacyMagic: [UInt8] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  /// Reads pickles of the magic number, the version, the writer's system, the object and the keys of the storages; then
  /// each storage in the order of the keys, as its count in 64 bits and its numbers.
  init(
    legacy bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    let isLimited = limits.pickleBytes < bytes.count
    let pickles = ByteReader(
      UnsafeRawBufferPointer(rebasing: bytes.prefix(limits.pickleBytes)), of: file,
      at: Self.legacyMagic.count,
      limit: isLimited ? (Self.pickleLimit, limits.pickleBytes) : nil)
    var unpickler = Unpickler(pickles, limits: limits, allowsScriptClasses: false)
    guard case .int(1001) = try unpickler.load() else {
      throw unpickler.malformed("the version of the format is not 1001")
    }
    guard case .dictionary(let system) = try unpickler.load() else {
      throw unpickler.malformed("the description of the writer's system is not a dictionary")
    }
    for case (.string("little_endian"), .bool(false)) in unpickler.tree.dictionaries[system] {
      throw .byteOrderUnsupported(file: file, offset: unpickler.offset, got: "big")
    }
    let root = try unpickler.load()
    guard case .list(let keys) = try unpickler.load() else {
      throw unpickler.malformed("the keys of the storages are not a list")
    }
    let tree = unpickler.tree

    var reader = ByteReader(bytes, of: file, at: unpickler.reader.position)
    var places = [Range<Int>?](repeating: nil, count: tree.storages.count)
    for key in tree.sequences[keys] {
      guard case .string(let key) = key, let number = tree.storage(key), places[number] == nil else {
        throw unpickler.malformed("the keys of the storages are not those of the object, each once")
      }
      let storage = tree.storages[number]
      let offset = reader.position
      let count = try reader.integer(Int64.self)
      guard count == storage.count else {
        throw .storageMismatch(
          file: file, offset: offset, storage: key, expected: storage.size,
          got: count.multipliedReportingOverflow(by: storage.type.width).partialValue)
      }
      let start = reader.position
      _ = try reader.take(storage.size)
      places[number] = start..<reader.position
    }
    let found = try zip(tree.storages, places).map { storage, place throws(TensorFileError) in
      guard let place else { throw .entryMissing(file: file, expected: storage.key) }
      return place
    }
    try self.init(.legacyTorch, unpickler, root: root, places: found, limits: limits)
  }

  /// Names the tensors of what was unpickled; `places` are the storages', in bytes from the beginning of the file.
  private init(
    _ format: TensorFileFormat, _ unpickler: Unpickler, root: PickleValue, places: [Range<Int>],
    limits: FileLimits
  ) throws(TensorFileError) {
    let tree = unpickler.tree
    (self.format, end, file) = (format, unpickler.reader.position, unpickler.reader.file)
    tensors = try TorchNames(in: tree, from: root, limits: limits, file: file, end: end).found
      .map { name, number in
        let tensor = tree.tensors[number]
        let numbers = StridedNumbers(
          type: tree.storages[tensor.storage].type, shape: tensor.shape, strides: tensor.strides,
          start: tensor.start, storage: places[tensor.storage])
        return (name, numbers)
      }
  }
}

extension TensorTable {
  /// Takes over the tensors of a checkpoint.
  init(torch: TorchContents) throws(TensorFileError) {
    self.init(format: torch.format)
    for (name, numbers) in torch.tensors {
      try add(name, Entry(numbers: numbers), at: torch.end, of: torch.file)
    }
  }
}
