import Foundation

extension TensorFile {
  /// Writes `tensors`, in the order given, and `metadata` to a safetensors file, which is replaced whole or not at all.
  ///
  /// The same arguments give the same bytes. The data begin at a multiple of 8 bytes.
  ///
  /// - Throws: ``FileError`` when the file cannot be written, and
  ///   ``TensorFileError/numberUnstorable(file:tensor:expected:got:)`` when a number would not be kept.
  /// - Precondition: Names are unique, and none is `__metadata__`.
  public static func writeSafeTensors(
    _ tensors: [StoredTensor], metadata: [String: String] = [:], to url: URL
  ) throws {
    for tensor in tensors { try tensor.check(for: url.absoluteURL.path) }
    let header = try SafeTensorsHeader.encoded(tensors, metadata: metadata)
    try AtomicFile.write(to: url) { output throws(FileError) in
      try output.write(header)
      for tensor in tensors {
        try tensor.write { bytes throws(FileError) in try output.write(bytes) }
      }
    }
  }

  /// Writes `tensors` to several safetensors files beside an index of them.
  ///
  /// The parts of `model.safetensors.index.json` are `model-00001-of-00003.safetensors` and so on. The index comes last,
  /// so that it never lists a part that is not there. Files that are there when it begins are not replaced: no rename could
  /// exchange several at once.
  ///
  /// - Parameters:
  ///   - tensors: What is written, in this order.
  ///   - metadata: The index's own key-value pairs, to which `total_size` is added.
  ///   - partBytes: How many bytes of numbers a part may have; a larger tensor is a part of its own.
  ///   - url: The index, whose name ends in `.safetensors.index.json`.
  /// - Throws: ``FileError/alreadyThere(path:)``, and what ``writeSafeTensors(_:metadata:to:)`` throws; parts that were
  ///   written by then are removed.
  /// - Precondition: Names are unique, and none is `__metadata__`.
  public static func writeSafeTensorParts(
    _ tensors: [StoredTensor], metadata: [String: String] = [:], partBytes: Int, index url: URL
  ) throws {
    let suffix = ".safetensors.index.json"
    precondition(
      url.lastPathComponent.hasSuffix(suffix),
      "An index is called …\(suffix), not “\(url.lastPathComponent)”.")
    precondition(Set(tensors.map(\.name)).count == tensors.count, "Two tensors have the same name.")
    for tensor in tensors { try tensor.check(for: url.absoluteURL.path) }
    let base = url.lastPathComponent.dropLast(suffix.count)
    let parts = parts(of: tensors, partBytes: partBytes)
    func padded(_ number: Int) -> String { String(("0000\(number)").suffix(max(5, "\(number)".count))) }
    let names = parts.indices.map { "\(base)-\(padded($0 + 1))-of-\(padded(parts.count)).safetensors" }
    let folder = url.deletingLastPathComponent()
    for name in names + [url.lastPathComponent] {
      let path = folder.appendingPathComponent(name).path
      if FileManager.default.fileExists(atPath: path) { throw FileError.alreadyThere(path: path) }
    }
    var partOf: [String: String] = [:]
    var written: [URL] = []
    do {
      for (name, part) in zip(names, parts) {
        let partURL = folder.appendingPathComponent(name)
        try writeSafeTensors(part, to: partURL)
        written.append(partURL)
        for tensor in part { partOf[tensor.name] = name }
      }
      var ownMetadata = metadata
      ownMetadata["total_size"] = "\(tensors.reduce(0) { $0 + $1.size })"
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try AtomicFile.write(
        encoder.encode(SafeTensorsIndex.Written(metadata: ownMetadata, weightMap: partOf)), to: url)
    } catch {
      for part in written { try? FileManager.default.removeItem(at: part) }
      throw error
    }
  }

  private static func parts(of tensors: [StoredTensor], partBytes: Int) -> [[StoredTensor]] {
    var parts: [[StoredTensor]] = []
    var size = 0
    for tensor in tensors {
      if parts.isEmpty || size + tensor.size > partBytes {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(tensor)
      size += tensor.size
    }
    return parts
  }
}
