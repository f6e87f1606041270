extension TensorTable {
  /// Reads one array, which is the whole file.
  init(npy bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits) throws(TensorFileError) {
    self.init(format: .npy)
    let header = try NumPyHeader(npy: bytes, in: 0..<bytes.count, name: "", of: file, limits: limits)
    try add("", Entry(header, storage: header.end..<bytes.count, in: .file), at: 0, of: file)
  }

  /// Reads the arrays of an archive, each under its entry's name without `.npy`; other entries are passed over.
  init(npz archive: ZipArchive, of file: String, limits: FileLimits) throws(TensorFileError) {
    self.init(format: .npz)
    var headerBytes = 0
    for entry in archive.names where entry.hasSuffix(".npy") {
      let name = String(entry.dropLast(".npy".count))
      let place = try archive.place(of: entry)
      switch place {
      case .stored(let range):
        let header = try NumPyHeader(npy: archive.bytes, in: range, name: name, of: file, limits: limits)
        headerBytes += header.end
        let storage = range.lowerBound + header.end..<range.upperBound
        try add(name, Entry(header, storage: storage, in: .file), at: place.offset, of: file)
      case .deflated(let deflated):
        let header = try NumPyHeader(npy: deflated, in: archive.bytes, name: name, of: file, limits: limits)
        headerBytes += header.end
        let storage = header.end..<deflated.size
        try add(name, Entry(header, storage: storage, in: .deflated(deflated)), at: place.offset, of: file)
      }
      // Entries may share their bytes, so that a small archive could have much to read.
      guard headerBytes <= limits.headerBytes else {
        throw .limitExceeded(file: file, offset: 0, limit: "bytes of headers", expected: limits.headerBytes)
      }
      guard names.count <= limits.tensors else {
        throw .limitExceeded(file: file, offset: 0, limit: "tensors", expected: limits.tensors)
      }
    }
    if names.isEmpty { throw .entryMissing(file: file, expected: "data.pkl or an array .npy") }
  }
}

extension NumPyHeader {
  /// Reads the header of an array that lies in `range` of the file.
  fileprivate init(
    npy bytes: UnsafeRawBufferPointer, in range: Range<Int>, name: String, of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let array = UnsafeRawBufferPointer(rebasing: bytes[range])
    let end = try Self.end(of: array, of: file, at: range.lowerBound, limits: limits)
    var reader = ByteReader(array, of: file, at: 0, startingAt: range.lowerBound)
    try self.init(try reader.take(end), name: name, of: file, at: range.lowerBound)
  }

  /// Reads the header of an array that is still deflated: of it only the header is inflated.
  fileprivate init(
    npy deflated: ZipArchive.Deflated, in bytes: UnsafeRawBufferPointer, name: String, of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let offset = deflated.range.lowerBound
    let prelude = try deflated.prefix(Self.preludeBytes, from: bytes, of: file)
    let end = try prelude.withRawBytes { prelude throws(TensorFileError) in
      try Self.end(of: prelude, of: file, at: offset, limits: limits)
    }
    guard end <= deflated.size else {
      throw .truncated(file: file, offset: offset, expected: end, got: deflated.size)
    }
    self = try deflated.prefix(end, from: bytes, of: file).withRawBytes { text throws(TensorFileError) in
      try NumPyHeader(text, name: name, of: file, at: offset)
    }
  }
}

extension TensorTable.Entry {
  /// Describes an array whose numbers fill `storage`.
  fileprivate init(_ header: NumPyHeader, storage: Range<Int>, in place: Place) throws(TensorFileError) {
    guard let type = header.type else {
      guard NumberType.size(of: header.shape, width: 1) != nil else {
        throw header.fault("has the impossible shape \(header.shape)")
      }
      self.init(refusing: header.typeName, shape: header.shape, at: header.offset)
      return
    }
    guard let size = NumberType.size(of: header.shape, width: type.width) else {
      throw header.fault("has the impossible shape \(header.shape)")
    }
    guard size <= storage.count else {
      throw .truncated(file: header.file, offset: header.offset, expected: size, got: storage.count)
    }
    guard size == storage.count else {
      throw header.fault(
        "has \(storage.count, "byte") of numbers, where its shape and type ask for \(size)")
    }
    // An array in Fortran's order is its transpose in C's, seen through the strides.
    let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let numbers = StridedNumbers(
      type: type, isBigEndian: header.isBigEndian, shape: shape, storage: storage)
    self.init(header.isFortranOrder ? numbers.transposed : numbers, in: place)
  }
}
