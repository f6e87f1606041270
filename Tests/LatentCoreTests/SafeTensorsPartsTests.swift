import Foundation
import LatentCore
import Testing
import TestSupport

struct SafeTensorsPartsTests {
  private static let tensors = (0..<7).map { index in
    (
      name: "block\(index).weight",
      tensor: Tensor(shape: [index, 5], elements: randomFloats(count: index * 5, seed: UInt64(index)))
    )
  }

  private static func write(to folder: URL) throws -> URL {
    let url = folder.appendingPathComponent("model.safetensors.index.json")
    try TensorFile.writeSafeTensorParts(
      tensors.map { StoredTensor($0.name, $0.tensor) }, metadata: ["format": "pt"], partBytes: 150, index: url
    )
    return url
  }

  // A part may have 150 bytes: 0 + 20 + 40 + 60, 80, 100, 120.
  @Test func partsAreReadAsOneFile() throws {
    try withTemporaryFolder { folder in
      let url = try Self.write(to: folder)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(
        names == (1...4).map { "model-0000\($0)-of-00004.safetensors" } + ["model.safetensors.index.json"])
      let file = try TensorFile(contentsOf: url)
      #expect(file.format == .safetensorsIndex && file.metadata == ["format": "pt", "total_size": "420"])
      #expect(Set(file.names) == Set(Self.tensors.map(\.name)))
      for (name, tensor) in Self.tensors {
        #expect(try file.tensor(name, shape: tensor.shape).elements == tensor.elements, "\(name)")
      }
      #expect(throws: FileError.self, "parts that are there are not replaced") { try Self.write(to: folder) }
    }
  }

  @Test(arguments: [
    #"{"weight_map": {"x": "../model.safetensors"}}"#, #"{"weight_map": {"x": "/etc/passwd"}}"#,
    #"{"weight_map": {"x": ".."}}"#, #"{"weight_map": {"x": ""}}"#, #"{"weight_map": {"x": 1}}"#,
    #"{"weight_map": []}"#, #"{"metadata": {}}"#, #"{"weight_map": {"#,
  ])
  func indexIsRefused(_ index: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors.index.json")
      try Data(index.utf8).write(to: url)
      let error = try #require(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
      guard case .malformed(url.path, 0, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func partsUnlikeTheIndexAreRefused() throws {
    try withTemporaryFolder { folder in
      let url = try Self.write(to: folder)
      let part = folder.appendingPathComponent("model-00002-of-00004.safetensors")
      let original = try Data(contentsOf: part)
      try TensorFile.writeSafeTensors([StoredTensor("other", Tensor(shape: [1], repeating: 1))], to: part)
      #expect(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
      try original.dropLast().write(to: part)
      #expect(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
      try FileManager.default.removeItem(at: part)
      #expect(throws: FileError.notFound(path: part.path)) { try TensorFile(contentsOf: url) }
    }
  }
}
