import Foundation
import LatentCore
import Testing
import TestSupport

/// A file whose header lies, and how it has to be refused.
struct Corruption: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let file: Data
  /// Whether an error, of a file at a path, is the right one.
  let isRight: @Sendable (TensorFileError, String) -> Bool

  init(_ name: String, _ file: Data, _ isRight: @escaping @Sendable (TensorFileError, String) -> Bool) {
    (testDescription, self.file, self.isRight) = (name, file, isRight)
  }

  /// A file with `entries` between the braces of the header and 16 bytes of data.
  init(
    _ name: String, _ entries: String, _ isRight: @escaping @Sendable (TensorFileError, String) -> Bool
  ) {
    self.init(name, safeTensorsFile(header: "{\(entries)}", data: Data(1...16)), isRight)
  }

  /// A file with one tensor of the given type, shape and offsets, and 16 bytes of data.
  init(
    _ name: String, type: String = "F32", shape: String = "[4]", offsets: String = "[0,16]",
    _ isRight: @escaping @Sendable (TensorFileError, String) -> Bool
  ) {
    self.init(name, #""x":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#, isRight)
  }

  @Sendable static func malformed(_ error: TensorFileError, _: String) -> Bool {
    if case .malformed(_, 8, _) = error { true } else { false }
  }

  static func tensor(_ name: String, _ begin: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}"#
  }

  static func length(_ length: UInt64, then rest: String) -> Data {
    withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data(rest.utf8)
  }

  static let all: [Corruption] = lengths + texts + tensors + places

  @Sendable static func unknown(_ error: TensorFileError, _ path: String) -> Bool {
    error == .formatUnknown(file: path)
  }

  /// An error at the entry of a tensor, which begins right behind the brace.
  static func malformedEntry(
    _ part: String, at offset: Int = 9
  ) -> @Sendable (TensorFileError, String) -> Bool {
    { error, _ in
      if case .malformed(_, offset, let reason) = error { reason.contains(part) } else { false }
    }
  }

  static let lengths = [
    Corruption("nothing", Data(), unknown),
    Corruption("8 bytes", length(0, then: ""), unknown),
    Corruption("no brace", length(2, then: "[]"), unknown),
    Corruption("leading space", length(3, then: " {}"), unknown),
    Corruption("length above the limit", length(100_000_001, then: "{}")) {
      $0 == .limitExceeded(file: $1, offset: 0, limit: "bytes of header", expected: 100_000_000)
    },
    Corruption("greatest length", length(.max, then: "{}")) { error, _ in
      if case .malformed(_, 0, _) = error { true } else { false }
    },
    Corruption("length beyond the file", length(3, then: "{}")) {
      $0 == .truncated(file: $1, offset: 8, expected: 3, got: 2)
    },
    Corruption("empty header", length(0, then: "{}"), malformed),
  ]

  static let texts = [
    Corruption("broken JSON", #""x":"#, malformed),
    Corruption(
      "invalid UTF-8", length(7, then: "") + Data([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      malformed),
    Corruption("zero byte", length(3, then: "{}\0"), malformed),
    Corruption("deep nesting", #""x":"# + String(repeating: "[", count: 100_000), malformed),
    Corruption("metadata of numbers", #""__metadata__":{"a":1}"#, malformed),
    Corruption("metadata that is a list", #""__metadata__":[]"#, malformed),
    Corruption("entry that is a number", #""x":1"#, malformed),
    Corruption("no type", #""x":{"shape":[4],"data_offsets":[0,16]}"#, malformed),
    Corruption("no shape", #""x":{"dtype":"F32","data_offsets":[0,16]}"#, malformed),
    Corruption("no offsets", #""x":{"dtype":"F32","shape":[4]}"#, malformed),
    Corruption("the same name twice", [tensor("x", 0, 16), tensor("x", 0, 16)].joined(separator: ",")) {
      malformed($0, $1)
    },
    Corruption(
      "the same name, escaped", [tensor("x", 0, 16), tensor(#"\u0078"#, 0, 16)].joined(separator: ",")
    ) {
      malformed($0, $1)
    },
  ]

  static let tensors = [
    Corruption("negative length", shape: "[-4]", malformedEntry("[-4]")),
    Corruption("two negative lengths", shape: "[-2,-2]", malformedEntry("[-2, -2]")),
    Corruption("overflow to 0", shape: "[4294967296,4294967296]", malformedEntry("impossible shape")),
    Corruption("overflow by the width", shape: "[4611686018427387904]", malformedEntry("impossible shape")),
    Corruption(
      "overflow before a 0", shape: "[4294967296,4294967296,0]", offsets: "[0,0]",
      malformedEntry("impossible shape")),
    Corruption("length that no integer holds", shape: "[1e30]", malformed),
    Corruption("length with a fraction", shape: "[1.5]", malformed),
    Corruption("size unlike the shape", shape: "[3]", malformedEntry("has 16 bytes of data, where")),
    Corruption("size unlike the type", type: "F64", malformedEntry("ask for 32")),
  ]

  static let places = [
    Corruption("one offset", offsets: "[16]", malformedEntry("[16]")),
    Corruption("three offsets", offsets: "[0,16,16]", malformedEntry("[0, 16, 16]")),
    Corruption("end before begin", offsets: "[16,0]", malformedEntry("[16, 0]")),
    Corruption("negative begin", offsets: "[-16,0]", malformedEntry("[-16, 0]")),
    Corruption(
      "least begin, greatest end", offsets: "[-9223372036854775808,9223372036854775807]",
      malformedEntry("data offsets")),
    Corruption("end beyond the file", shape: "[5]", offsets: "[0,20]") { error, _ in
      if case .truncated(_, _, 20, 16) = error { true } else { false }
    },
    Corruption("greatest end", offsets: "[0,9223372036854775807]") { error, _ in
      if case .truncated(_, _, .max, 16) = error { true } else { false }
    },
    Corruption("begin and end beyond the file", shape: "[4]", offsets: "[32,48]") { error, _ in
      if case .truncated(_, _, 16, 0) = error { true } else { false }
    },
    Corruption("hole at the beginning", tensor("x", 4, 16), malformedEntry("at 4, where 0")),
    Corruption(
      "hole", [tensor("x", 0, 4), tensor("y", 5, 16)].joined(separator: ","),
      malformedEntry("at 5, where 4", at: 9 + tensor("x", 0, 4).utf8.count + 1)),
    Corruption(
      "overlap", [tensor("y", 0, 8), tensor("x", 7, 16)].joined(separator: ","),
      malformedEntry("at 7, where 8", at: 9 + tensor("y", 0, 8).utf8.count + 1)),
    Corruption(
      "shared data", [tensor("x", 0, 16), tensor("y", 0, 16)].joined(separator: ","),
      malformedEntry("at 0, where 16", at: 9 + tensor("x", 0, 16).utf8.count + 1)),
    Corruption("rest", tensor("x", 0, 15)) { error, _ in
      if case .malformed(_, _, "1 byte after the data of the last tensor") = error { true } else { false }
    },
    Corruption("no tensor but data", "") { error, _ in
      if case .malformed(_, _, "16 bytes after the data of the last tensor") = error { true } else { false }
    },
  ]
}

struct SafeTensorsRefusalTests {
  @Test(arguments: Corruption.all) func corruptedFileIsRefused(_ corruption: Corruption) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("corrupted")
      try corruption.file.write(to: url)
      let error = try #require(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
      #expect(corruption.isRight(error, url.path), "\(error)")
      #expect(error.description.contains(url.path) && error.description.hasSuffix("."), "\(error)")
    }
  }

  @Test func missingFileIsNotFound() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("no such")
      #expect(throws: FileError.notFound(path: url.path)) { try TensorFile(contentsOf: url) }
    }
  }

  @Test func mutatedFilesNeverCrash() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("mutated")
      let tensors = (0..<4).map { i in
        let shape = [i, 3, 2]
        return (
          name: "block\(i).weight",
          tensor: Tensor(shape: shape, elements: randomFloats(count: i * 6, seed: UInt64(i)))
        )
      }
      try writeSafeTensors(tensors, metadata: ["format": "latent"], as: .float16, to: url)
      try checkChangedFiles(try Data(contentsOf: url), at: url, changes: 4000, seed: 2024)
    }
  }
}
