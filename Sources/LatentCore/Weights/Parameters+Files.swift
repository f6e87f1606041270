import Foundation

extension Parameters {
  /// All tensors of a file.
  public init(_ file: TensorFile) throws {
    self.init()
    for name in file.names { self[name] = try file.tensor(name) }
  }

  /// Writes all tensors, in alphabetical order of their paths, as one safetensors file.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL, metadata: [String: String], precision: StoragePrecision) throws {
    let tensors = paths.compactMap { path in
      self[path].map { StoredTensor(path, $0, as: precision.type) }
    }
    try TensorFile.writeSafeTensors(tensors, metadata: metadata, to: url)
  }
}
