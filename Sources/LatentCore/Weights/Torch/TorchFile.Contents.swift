extension TorchFile {
  /// What the two formats have in common: a tree of values, and where the numbers of its storages lie.
  struct Contents {
    let tree: PickleTree
    let root: PickleValue
    /// Of each storage of the tree, in bytes from the beginning of the file.
    let places: [Range<Int>]

    /// Reads either format from the bytes of a whole file.
    init(
      parsing bytes: UnsafeRawBufferPointer, of file: String, limits: Limits
    ) throws(TorchFileError) {
      if bytes.starts(with: Self.archiveMagic) {
        try self.init(archive: bytes, of: file, limits: limits)
      } else if bytes.starts(with: Self.legacyMagic) {
        try self.init(legacy: bytes, of: file, limits: limits)
      } else {
        throw .formatUnknown(file: file)
      }
    }

    // MARK: - Zip

    /// The first entry's header.
    private static let archiveMagic: [UInt8] = [0x50, 0x4b, 3, 4]

    /// Below one folder, whose name is arbitrary: `data.pkl`, `data/KEY` for each storage, `byteorder` since
    /// PyTorch 2.1, and a TorchScript archive's `code/`.
    private init(
      archive bytes: UnsafeRawBufferPointer, of file: String, limits: Limits
    ) throws(TorchFileError) {
      let archive = try ZipArchive(bytes, of: file, limits: limits)
      guard let name = archive.names.first(where: Self.isPickle) else {
        throw .entryMissing(file: file, expected: "data.pkl")
      }
      let folder = name.dropLast("data.pkl".count)
      if archive.names.contains("\(folder)byteorder") {
        let order = String(decoding: bytes[try archive.range(of: "\(folder)byteorder")], as: UTF8.self)
        guard order == "little" else {
          throw .byteOrderUnsupported(file: file, got: String(order.prefix(80)))
        }
      }

      let pickle = try archive.range(of: name)
      guard pickle.count <= limits.pickleBytes else {
        throw .limitExceeded(
          file: file, offset: pickle.lowerBound, limit: Self.pickleLimit, expected: limits.pickleBytes)
      }
      let reader = ByteReader(
        UnsafeRawBufferPointer(rebasing: bytes[..<pickle.upperBound]), of: file, at: pickle.lowerBound)
      var unpickler = Unpickler(
        reader, limits: limits,
        allowsScriptClasses: archive.names.contains { $0.hasPrefix("\(folder)code/") })
      root = try unpickler.load()
      tree = unpickler.tree
      var places: [Range<Int>] = []
      for storage in tree.storages {
        let place = try archive.range(of: "\(folder)data/\(storage.key)")
        guard storage.size <= place.count else {
          throw .storageMismatch(
            file: file, storage: storage.key, expected: storage.size, got: place.count)
        }
        places.append(place)
      }
      self.places = places
    }

    private static let pickleLimit = "bytes of pickle"

    private static func isPickle(_ name: String) -> Bool {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[1] == "data.pkl"
    }

    // MARK: - Legacy

    /// The pickle of 0x1950a86a20f9469cfc6c, which is always written the same.
    private static let legacyMagic: [UInt8] = [
      0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]

    /// Pickles of the magic number, the version, the writer's system, the object and the keys of the storages; then
    /// each storage in the order of the keys, as its count in 64 bits and its numbers.
    private init(
      legacy bytes: UnsafeRawBufferPointer, of file: String, limits: Limits
    ) throws(TorchFileError) {
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
        throw .byteOrderUnsupported(file: file, got: "big")
      }
      root = try unpickler.load()
      guard case .list(let keys) = try unpickler.load() else {
        throw unpickler.malformed("the keys of the storages are not a list")
      }
      tree = unpickler.tree

      var reader = ByteReader(bytes, of: file, at: unpickler.reader.position)
      var places = [Range<Int>?](repeating: nil, count: tree.storages.count)
      for key in tree.sequences[keys] {
        guard case .string(let key) = key, let number = tree.storage(key), places[number] == nil else {
          throw unpickler.malformed("the keys of the storages are not those of the object, each once")
        }
        let storage = tree.storages[number]
        let count = try reader.integer(Int64.self)
        guard count == storage.count else {
          throw .storageMismatch(
            file: file, storage: key, expected: storage.size,
            got: count.multipliedReportingOverflow(by: storage.type.width).partialValue)
        }
        let start = reader.position
        _ = try reader.take(storage.size)
        places[number] = start..<reader.position
      }
      self.places = try zip(tree.storages, places).map { storage, place throws(TorchFileError) in
        guard let place else { throw .entryMissing(file: file, expected: storage.key) }
        return place
      }
    }
  }
}
