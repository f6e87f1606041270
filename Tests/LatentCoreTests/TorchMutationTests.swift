import Foundation
import LatentCore
import Testing
import TestSupport

/// Small checkpoints of every kind, cut off and changed.
struct TorchMutationTests {
  // Whatever the bytes are, opening and reading either throws a typed error or gives tensors of the shapes it says.
  @Test(arguments: ["zip", "zip64", "legacy"]) func changedFilesNeverCrash(_ format: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("changed.pt")
      let original = Self.file(format)
      try original.write(to: url)
      let output = try FileHandle(forWritingTo: url)
      var (opened, refused) = (0, 0)
      func check(_ bytes: Data) throws {
        // Data's own writing waits for the disk each time.
        try output.truncate(atOffset: 0)
        try output.write(contentsOf: bytes)
        do {
          let file = try TorchFile(contentsOf: url)
          let asDeclared = try file.names.allSatisfy { try file.tensor($0).shape == file.shape(of: $0) }
          if asDeclared { opened += 1 }
        } catch is TorchFileError {
          refused += 1
        }
      }

      try check(original)
      #expect(opened == 1)
      for count in 0..<original.count { try check(original.prefix(count)) }
      #expect(refused == original.count && refused > 500, "no proper prefix of a checkpoint is one")

      var random = RandomStream(seed: 7, name: format)
      for _ in 0..<2000 {
        var bytes = original
        let place = Int(random.next() % UInt64(bytes.count))
        bytes[place] ^= UInt8(1 + random.next() % 255)
        try check(bytes)
      }
      #expect(opened + refused == original.count + 2001)
      #expect(opened > 100 && refused > original.count + 100, "\(opened) opened, \(refused) refused")
    }
  }

  /// A dictionary of three tensors, two of which share a storage, and of what stands beside them in checkpoints.
  private static func file(_ format: String) -> Data {
    let storage = Pickle.storage("0", "Float", count: 12)
    let root = Pickle.dictionary([
      (
        Pickle.string("state"),
        Pickle.remember(
          Pickle.dictionary([
            ("weight", Pickle.parameter(Pickle.tensor(storage, start: 2, shape: [3, 2], strides: [1, 4]))),
            ("bias", Pickle.tensor(storage, shape: [12], strides: [1])),
          ]), as: 0)
      ),
      (
        Pickle.int(1),
        Pickle.list([
          Pickle.recall(0), Pickle.tensor(Pickle.storage("k", "Half", count: 3), shape: [3], strides: [1]),
        ])
      ),
      (Pickle.string("epoch"), [0x4d, 1, 2]),
    ])
    let data = randomFloats(count: 12, seed: 3).withUnsafeBytes { Array($0) }
    let half = randomFloats(count: 3, seed: 4).map { Float16($0) }.withUnsafeBytes { Array($0) }
    if format == "legacy" {
      return legacyTorchFile(root, storages: [("k", 3, half), ("0", 12, data)])
    }
    return torchArchive(
      root, storages: [("0", data), ("k", half)], zip: ZipWriter(isZip64: format == "zip64"),
      more: [("small/byteorder", [UInt8]("little".utf8))])
  }
}
