import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// What a training left on disk, looked at from outside.
extension TinyTraining {
  /// The step of the checkpoint, nil where there is none.
  ///
  /// Throws where there is one that does not open, or lacks a tensor's numbers.
  func checkpointStep() throws -> Int? {
    guard FileManager.default.fileExists(atPath: checkpoint.path) else { return nil }
    let file = try TensorFile(contentsOf: checkpoint)
    for name in file.names { _ = try file.tensor(name) }
    guard let step = file.metadata["step"].flatMap({ Int($0) }) else {
      throw Finding("The checkpoint of the \(part) names no step.")
    }
    return step
  }

  /// The last step that the loss log holds; a row that was cut off has no end and does not count.
  func loggedStep() -> Int {
    guard let text = try? String(contentsOf: losses, encoding: .utf8), let end = text.lastIndex(of: "\n")
    else {
      return 0
    }
    return text[..<end].split(separator: "\n").last.flatMap { Int($0.prefix { $0 != "," }) } ?? 0
  }

  /// The temporary files that writers left behind, beside the model and in the training's folder.
  func leftovers() -> [URL] {
    [model.deletingLastPathComponent(), folder].flatMap { $0.temporaries }
  }

  /// The bytes of everything that the training made but its checkpoint, which may be made at other steps.
  func products() throws -> [String: Data] {
    var products = ["model": try Data(contentsOf: model)]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name != checkpoint.lastPathComponent {
      products[name] = try Data(contentsOf: folder.appendingPathComponent(name))
    }
    return products
  }
}

extension URL {
  /// The files in this folder that are named as the library names those it is still writing.
  var temporaries: [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(".latent-") && $0.hasSuffix(".temporary") }.map(appendingPathComponent)
  }

  /// Makes this folder.
  func makeFolder() throws {
    try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
  }

  /// Removes what is here, if anything.
  func removeIfThere() throws {
    if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(at: self) }
  }
}

/// Lends a folder that is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "latent-reliability-\(UUID().uuidString)")
  try folder.makeFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// Throws where what two trainings made differs in a byte.
func requireEqual(_ made: [String: Data], _ expected: [String: Data], _ what: String) throws {
  try require(
    Set(made.keys) == Set(expected.keys),
    "\(what) made \(made.keys.sorted()), and the unbroken one \(expected.keys.sorted()).")
  for (name, bytes) in expected {
    try require(made[name] == bytes, "“\(name)” of \(what) is not that of the unbroken one.")
  }
}
