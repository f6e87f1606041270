import Foundation

extension Parameters {
  /// The tensors of a file whose names are wanted.
  package init(_ file: TensorFile, where isWanted: (String) -> Bool = { _ in true }) throws {
    self.init()
    for name in file.names where isWanted(name) { self[name] = try file.tensor(name) }
  }

  /// Writes all tensors, in alphabetical order of their paths, as one safetensors file.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  package func write(to url: URL, metadata: [String: String], precision: StoragePrecision) throws {
    let tensors = paths.compactMap { path in
      self[path].map { StoredTensor(path, $0, as: precision.type) }
    }
    try TensorFile.writeSafeTensors(tensors, metadata: metadata, to: url)
  }
}
