extension TensorTable {
  /// Reads one array, which is the whole file.
  init(npy bytes: UnsafeRawBufferPointer, of file: String, limits: FileLimits) throws(TensorFileError) {
    self.init(format: .npy)
    let numbers = try StridedNumbers(
      npy: bytes, in: 0..<bytes.count, name: "", of: file, limits: limits)
    try add("", Entry(numbers: numbers), at: 0, of: file)
  }

  /// Reads the arrays of an archive, each under its entry's name without `.npy`; other entries are passed over.
  init(npz archive: ZipArchive, of file: String, limits: FileLimits) throws(TensorFileError) {
    self.init(format: .npz)
    var headerBytes = 0
    for entry in archive.names where entry.hasSuffix(".npy") {
      let name = String(entry.dropLast(".npy".count))
      switch try archive.place(of: entry) {
      case .stored(let range):
        let numbers = try StridedNumbers(
          npy: archive.bytes, in: range, name: name, of: file, limits: limits)
        headerBytes += numbers.storage.lowerBound - range.lowerBound
        try add(name, Entry(numbers: numbers), at: range.lowerBound, of: file)
      case .deflated(let deflated):
        let numbers = try StridedNumbers(
          npy: deflated, in: archive.bytes, name: name, of: file, limits: limits)
        headerBytes += numbers.storage.lowerBound
        try add(
          name, Entry(numbers: numbers, deflated: deflated), at: deflated.range.lowerBound,
          of: file)
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

extension StridedNumbers {
  /// Finds the numbers of an array that lies in `range` of the file.
  fileprivate init(
    npy bytes: UnsafeRawBufferPointer, in range: Range<Int>, name: String, of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let array = UnsafeRawBufferPointer(rebasing: bytes[range])
    let end = try NumPyHeader.end(of: array, of: file, at: range.lowerBound, limits: limits)
    var reader = ByteReader(array, of: file, at: 0, startingAt: range.lowerBound)
    let header = try NumPyHeader(try reader.take(end), name: name, of: file, at: range.lowerBound)
    try self.init(
      header, storage: range.lowerBound + end..<range.upperBound, name: name, of: file, at: range.lowerBound)
  }

  /// Finds the numbers of an array in what is still deflated: of it only the header is inflated.
  fileprivate init(
    npy deflated: ZipArchive.Deflated, in bytes: UnsafeRawBufferPointer, name: String, of file: String,
    limits: FileLimits
  ) throws(TensorFileError) {
    let offset = deflated.range.lowerBound
    let prelude = try deflated.prefix(NumPyHeader.preludeBytes, from: bytes, of: file)
    let end = try prelude.withRawBytes { prelude throws(TensorFileError) in
      try NumPyHeader.end(of: prelude, of: file, at: offset, limits: limits)
    }
    guard end <= deflated.size else {
      throw .truncated(file: file, offset: offset, expected: end, got: deflated.size)
    }
    let header = try deflated.prefix(end, from: bytes, of: file).withRawBytes {
      text throws(TensorFileError) in
      try NumPyHeader(text, name: name, of: file, at: offset)
    }
    try self.init(header, storage: end..<deflated.size, name: name, of: file, at: offset)
  }

  private init(
    _ header: NumPyHeader, storage: Range<Int>, name: String, of file: String, at offset: Int
  ) throws(TensorFileError) {
    guard let size = NumberType.size(of: header.shape, width: header.type.width) else {
      throw .malformed(
        file: file, offset: offset, reason: "“\(name)” has the impossible shape \(header.shape)")
    }
    guard size <= storage.count else {
      throw .truncated(file: file, offset: offset, expected: size, got: storage.count)
    }
    guard size == storage.count else {
      throw .malformed(
        file: file, offset: offset,
        reason: "“\(name)” has \(storage.count, "byte") of numbers, where its shape and type ask for \(size)")
    }
    // An array in Fortran's order is its transpose in C's, seen through the strides.
    let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let numbers = StridedNumbers(
      type: header.type, isBigEndian: header.isBigEndian, shape: shape, storage: storage)
    self = header.isFortranOrder ? numbers.transposed : numbers
  }
}
