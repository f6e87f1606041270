import Foundation

extension TensorFile {
  /// Writes one array as a `.npy` file, which is replaced whole or not at all; its name is not kept.
  ///
  /// - Throws: ``FileError`` when the file cannot be written, and
  ///   ``TensorFileError/numberUnstorable(file:tensor:expected:got:)`` when a number would not be kept;
  ///   ``TensorFileError/typeUnsupported(file:offset:tensor:got:)`` for bfloat16, which is none of NumPy's types.
  public static func writeNumPyArray(_ array: StoredTensor, to url: URL) throws {
    let header = try array.numPyHeader(for: url.absoluteURL.path)
    try AtomicFile.write(to: url) { output throws(FileError) in
      try output.write(header)
      try array.write { bytes throws(FileError) in try output.write(bytes) }
    }
  }

  /// Writes arrays as an `.npz` archive of at most 4 GiB, in the order given, which is replaced whole or not at all.
  ///
  /// - Parameters:
  ///   - arrays: What is written; entry `NAME.npy` for each.
  ///   - isCompressed: Whether entries are deflated, as NumPy's `savez_compressed` does.
  ///   - url: The archive.
  /// - Throws: What ``writeNumPyArray(_:to:)`` throws.
  /// - Precondition: Names are unique.
  public static func writeNumPyArchive(
    _ arrays: [StoredTensor], isCompressed: Bool = false, to url: URL
  ) throws {
    precondition(Set(arrays.map(\.name)).count == arrays.count, "Two arrays have the same name.")
    let headers = try arrays.map { try $0.numPyHeader(for: url.absoluteURL.path) }
    try AtomicFile.write(to: url) { output throws(FileError) in
      var archive = ZipWriter(output, path: url.absoluteURL.path)
      for (array, header) in zip(arrays, headers) {
        var entry = header
        try array.write { bytes throws(FileError) in entry.append(contentsOf: bytes) }
        try archive.add(array.name + ".npy", entry, isCompressed: isCompressed)
      }
      try archive.finish()
    }
  }
}
