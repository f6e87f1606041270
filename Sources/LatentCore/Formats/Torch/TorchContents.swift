/// What PyTorch's formats have in common: a tree of values, and where the numbers of its storages lie.
struct TorchContents {
  let format: TensorFileFormat
  /// The tensors under their names, in the order of the file.
  let tensors: [(name: String, entry: TensorTable.Entry)]
  /// The texts and numbers of a pickle that is a dictionary.
  private(set) var metadata: [String: String] = [:]
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
      try archive.withContents(of: "\(folder)byteorder", largest: limits.headerBytes, "bytes of header") {
        bytes, offset throws(TensorFileError) in
        let order = String(decoding: bytes.prefix(80), as: UTF8.self)
        guard order == "little" else {
          throw TensorFileError.byteOrderUnsupported(file: file, offset: offset, got: order)
        }
      }
    }
    let pickled = try archive.withContents(of: name, largest: limits.pickleBytes, Self.pickleLimit) {
      bytes, offset throws(TensorFileError) in
      var unpickler = Unpickler(ByteReader(bytes, of: file, at: 0, startingAt: offset), limits: limits)
      return try Pickled(root: unpickler.load(), unpickler)
    }
    let places = try pickled.tree.storages.map { storage throws(TensorFileError) in
      let place = try archive.place(of: "\(folder)data/\(storage.key)")
      if let size = storage.size, size > place.size {
        throw .storageMismatch(
          file: file, offset: place.offset, storage: storage.key, expected: size, got: place.size)
      }
      return place
    }
    let isScript = archive.names.contains { $0.hasPrefix("\(folder)code/") }
    try self.init(isScript ? .torchScript : .torch, pickled, places: places, of: file, limits: limits)
  }

  private static let pickleLimit = "bytes of pickle"

  // MARK: - Legacy

  /// The instruction with which the pickles of protocol 2 and later begin.
  static let pickleStart: UInt8 = 0x80

  /// What follows the magic number 0x1950a86a20f9469cfc6c, nil when `bytes` do not begin with its pickle.
  static func legacyStart(of bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.first == pickleStart else { return nil }
    // Protocol 4 puts a frame of as many bytes around it.
    for start in [2, 11] where bytes.dropFirst(start).starts(with: legacyMagic) {
      return start + legacyMagic.count
    }
    return nil
  }

  /// LONG1, the number and STOP.
  private static let legacyMagic: [UInt8] = [
    0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  /// Reads, from `start` on, pickles of the version, the writer's system, the object and the keys of the storages; then
  /// each storage in the order of the keys, as its count in 64 bits and its numbers.
  init(
    legacy bytes: UnsafeRawBufferPointer, from start: Int, of file: String, limits: FileLimits
  ) throws(TensorFileError) {
    var unpickler = Unpickler(Self.pickles(in: bytes, from: start, of: file, limits), limits: limits)
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
    var places = [ZipArchive.Place?](repeating: nil, count: tree.storages.count)
    for key in tree.sequences[keys] {
      guard case .string(let key) = key, let number = tree.storage(key), places[number] == nil else {
        throw unpickler.malformed("the keys of the storages are not those of the object, each once")
      }
      let storage = tree.storages[number]
      guard let width = storage.type.width, let size = storage.size else {
        throw unpickler.malformed("the storage “\(key)” is of the unknown type “\(storage.type.name)”")
      }
      let offset = reader.position
      let count = try reader.integer(Int64.self)
      guard count == storage.count else {
        throw .storageMismatch(
          file: file, offset: offset, storage: key, expected: size,
          got: count.multipliedReportingOverflow(by: width).partialValue)
      }
      let start = reader.position
      _ = try reader.take(size)
      places[number] = .stored(start..<reader.position)
    }
    let found = try zip(tree.storages, places).map { storage, place throws(TensorFileError) in
      guard let place else { throw .entryMissing(file: file, expected: storage.key) }
      return place
    }
    try self.init(
      .legacyTorch, Pickled(root: root, unpickler), places: found, of: file, limits: limits)
  }

  private static func pickles(
    in bytes: UnsafeRawBufferPointer, from start: Int, of file: String, _ limits: FileLimits
  ) -> ByteReader {
    ByteReader(
      UnsafeRawBufferPointer(rebasing: bytes.prefix(limits.pickleBytes)), of: file, at: start,
      limit: limits.pickleBytes < bytes.count ? (pickleLimit, limits.pickleBytes) : nil)
  }

  // MARK: - Pickles

  /// Reads one pickle, which is the whole file and has its numbers among the other values.
  init(pickle bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits) throws(TensorFileError) {
    var unpickler = Unpickler(Self.pickles(in: bytes, from: 0, of: file, limits), limits: limits)
    let pickled = try Pickled(root: unpickler.load(), unpickler)
    if let storage = pickled.tree.storages.first {
      throw .entryMissing(file: file, expected: storage.key)
    }
    try self.init(.pickle, pickled, places: [], of: file, limits: limits)
    guard case .dictionary(let root) = pickled.root else { return }
    for case (.string(let key), let value) in pickled.tree.dictionaries[root] {
      switch value {
      case .string(let text): metadata[key] = text
      case .int(let number): metadata[key] = "\(number)"
      case .float(let number): metadata[key] = "\(number)"
      default: break
      }
    }
  }

  // MARK: - Tensors

  /// What was unpickled.
  private struct Pickled {
    let tree: PickleTree
    let root: PickleValue
    /// Where the pickle ends in the file.
    let end: Int

    init(root: PickleValue, _ unpickler: Unpickler) {
      (self.root, tree, end) = (root, unpickler.tree, unpickler.reader.offset)
    }

    /// The class or function that the object as a whole is made of, or is, where it is not known.
    var unknownRoot: PickleGlobal.Name? {
      switch root {
      case .global(.other(let name)): name
      case .object(let object): tree.classes[object]
      default: nil
      }
    }
  }

  /// Names the tensors of what was unpickled; `places` are the storages'.
  private init(
    _ format: TensorFileFormat, _ pickled: Pickled, places: [ZipArchive.Place], of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let tree = pickled.tree
    // A whole module is a program; the tensors of a checkpoint lie in containers.
    if let name = pickled.unknownRoot, !(format == .torchScript && name.text.hasPrefix("__torch__.")) {
      throw .globalRefused(file: file, offset: name.offset, got: name.text)
    }
    (self.format, end, self.file) = (format, pickled.end, file)
    tensors = try TorchNames(in: tree, from: pickled.root, limits: limits, file: file, end: end).found
      .compactMap { name, number in
        switch tree.tensors[number] {
        case .view(let storage, let numbers): (name, TensorTable.Entry(numbers, in: places[storage]))
        case .array(let bytes, let numbers): (name, TensorTable.Entry(numbers, in: .memory(bytes)))
        case .refused(let shape, let type, let offset):
          (name, TensorTable.Entry(refusing: type, shape: shape, at: offset))
        case .unfinished: nil
        }
      }
  }
}

extension TensorTable {
  /// Takes over the tensors of a checkpoint.
  init(torch: TorchContents) throws(TensorFileError) {
    self.init(format: torch.format, metadata: torch.metadata)
    for (name, entry) in torch.tensors { try add(name, entry, at: torch.end, of: torch.file) }
  }
}

extension TensorTable.Entry {
  /// Describes numbers of a storage that lies at `place`.
  fileprivate init(_ numbers: StridedNumbers, in place: ZipArchive.Place) {
    switch place {
    case .stored(let range): self.init(numbers.placed(at: range))
    case .deflated(let deflated): self.init(numbers, in: Place.deflated(deflated))
    }
  }
}
