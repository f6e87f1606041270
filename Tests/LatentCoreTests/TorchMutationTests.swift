import Foundation
import LatentCore
import Testing
import TestSupport

/// Small checkpoints of every kind, cut off and changed.
struct TorchMutationTests {
  @Test(arguments: ["zip", "zip64", "legacy"]) func changedFilesNeverCrash(_ format: String) throws {
    try withTemporaryFolder { folder in
      try checkChangedFiles(Self.file(format), at: folder.appendingPathComponent("changed.pt"), seed: 7)
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
