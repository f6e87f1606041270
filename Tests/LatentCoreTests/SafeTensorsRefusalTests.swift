import Foundation
import LatentCore
import Testing
import TestSupport

/// A file whose header lies, and how it has to be refused.
struct Corruption: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let file: Data
  /// Whether an error, of a file at a path, is the right one.
  let isRight: @Sendable (SafeTensorsError, String) -> Bool

  init(_ name: String, _ file: Data, _ isRight: @escaping @Sendable (SafeTensorsError, String) -> Bool) {
    (testDescription, self.file, self.isRight) = (name, file, isRight)
  }

  /// A file with `entries` between the braces of the header and 16 bytes of data.
  init(
    _ name: String, _ entries: String, _ isRight: @escaping @Sendable (SafeTensorsError, String) -> Bool
  ) {
    self.init(name, safeTensorsFile(header: "{\(entries)}", data: Data(1...16)), isRight)
  }

  /// A file with one tensor of the given type, shape and offsets, and 16 bytes of data.
  init(
    _ name: String, type: String = "F32", shape: String = "[4]", offsets: String = "[0,16]",
    _ isRight: @escaping @Sendable (SafeTensorsError, String) -> Bool
  ) {
    self.init(name, #""x":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#, isRight)
  }

  @Sendable static func malformed(_ error: SafeTensorsError, _: String) -> Bool {
    if case .headerMalformed = error { true } else { false }
  }

  static func tensor(_ name: String, _ begin: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}"#
  }

  static func length(_ length: UInt64, then rest: String) -> Data {
    withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data(rest.utf8)
  }

  static let all: [Corruption] = lengths + texts + tensors + places

  static let lengths = [
    Corruption("nothing", Data()) { $0 == .fileTooShort(file: $1, expected: 8, got: 0) },
    Corruption("7 bytes", Data(count: 7)) { $0 == .fileTooShort(file: $1, expected: 8, got: 7) },
    Corruption("length above the limit", length(100_000_001, then: "{}")) {
      $0 == .headerTooLong(file: $1, expected: 100_000_000, got: 100_000_001)
    },
    Corruption("greatest length", length(.max, then: "{}")) {
      $0 == .headerTooLong(file: $1, expected: 100_000_000, got: .max)
    },
    Corruption("length beyond the file", length(3, then: "{}")) {
      $0 == .headerTruncated(file: $1, expected: 3, got: 2)
    },
  ]

  static let texts = [
    Corruption("empty header", length(0, then: ""), malformed),
    Corruption("array", length(2, then: "[]"), malformed),
    Corruption("leading space", length(3, then: " {}"), malformed),
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
      $0 == .nameRepeated(file: $1, expected: 1, got: 2)
    },
    Corruption(
      "the same name, escaped", [tensor("x", 0, 16), tensor(#"\u0078"#, 0, 16)].joined(separator: ",")
    ) {
      $0 == .nameRepeated(file: $1, expected: 1, got: 2)
    },
  ]

  static let tensors = [
    Corruption("unknown type", type: "F33") { error, _ in
      if case .typeUnsupported(_, "x", _, "F33") = error { true } else { false }
    },
    Corruption("negative length", shape: "[-4]") { $0 == .shapeInvalid(file: $1, tensor: "x", got: [-4]) },
    Corruption("two negative lengths", shape: "[-2,-2]") {
      $0 == .shapeInvalid(file: $1, tensor: "x", got: [-2, -2])
    },
    Corruption("overflow to 0", shape: "[4294967296,4294967296]") {
      $0 == .shapeInvalid(file: $1, tensor: "x", got: [1 << 32, 1 << 32])
    },
    Corruption("overflow by the width", shape: "[4611686018427387904]") {
      $0 == .shapeInvalid(file: $1, tensor: "x", got: [1 << 62])
    },
    Corruption("overflow before a 0", shape: "[4294967296,4294967296,0]", offsets: "[0,0]") {
      $0 == .shapeInvalid(file: $1, tensor: "x", got: [1 << 32, 1 << 32, 0])
    },
    Corruption("length that no integer holds", shape: "[1e30]", malformed),
    Corruption("length with a fraction", shape: "[1.5]", malformed),
    Corruption("size unlike the shape", shape: "[3]") {
      $0 == .sizeMismatch(file: $1, tensor: "x", expected: 12, got: 16)
    },
    Corruption("size unlike the type", type: "F64") {
      $0 == .sizeMismatch(file: $1, tensor: "x", expected: 32, got: 16)
    },
  ]

  static let places = [
    Corruption("one offset", offsets: "[16]") { $0 == .offsetsInvalid(file: $1, tensor: "x", got: [16]) },
    Corruption("three offsets", offsets: "[0,16,16]") {
      $0 == .offsetsInvalid(file: $1, tensor: "x", got: [0, 16, 16])
    },
    Corruption("end before begin", offsets: "[16,0]") {
      $0 == .offsetsInvalid(file: $1, tensor: "x", got: [16, 0])
    },
    Corruption("negative begin", offsets: "[-16,0]") {
      $0 == .offsetsInvalid(file: $1, tensor: "x", got: [-16, 0])
    },
    Corruption("least begin, greatest end", offsets: "[-9223372036854775808,9223372036854775807]") {
      $0 == .offsetsInvalid(file: $1, tensor: "x", got: [.min, .max])
    },
    Corruption("end beyond the file", shape: "[5]", offsets: "[0,20]") {
      $0 == .dataTruncated(file: $1, tensor: "x", expected: 20, got: 16)
    },
    Corruption("greatest end", offsets: "[0,9223372036854775807]") {
      $0 == .dataTruncated(file: $1, tensor: "x", expected: .max, got: 16)
    },
    Corruption("hole at the beginning", tensor("x", 4, 16)) {
      $0 == .offsetsNotContiguous(file: $1, tensor: "x", expected: 0, got: 4)
    },
    Corruption("hole", [tensor("x", 0, 4), tensor("y", 5, 16)].joined(separator: ",")) {
      $0 == .offsetsNotContiguous(file: $1, tensor: "y", expected: 4, got: 5)
    },
    Corruption("overlap", [tensor("y", 0, 8), tensor("x", 7, 16)].joined(separator: ",")) {
      $0 == .offsetsNotContiguous(file: $1, tensor: "x", expected: 8, got: 7)
    },
    Corruption("shared data", [tensor("x", 0, 16), tensor("y", 0, 16)].joined(separator: ",")) {
      $0 == .offsetsNotContiguous(file: $1, tensor: "y", expected: 16, got: 0)
    },
    Corruption("rest", tensor("x", 0, 15)) { $0 == .trailingBytes(file: $1, expected: 15, got: 16) },
    Corruption("no tensor but data", "") { $0 == .trailingBytes(file: $1, expected: 0, got: 16) },
  ]
}

struct SafeTensorsRefusalTests {
  @Test(arguments: Corruption.all) func corruptedFileIsRefused(_ corruption: Corruption) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("corrupted")
      try corruption.file.write(to: url)
      let error = try #require(throws: SafeTensorsError.self) { try SafeTensors(contentsOf: url) }
      #expect(corruption.isRight(error, url.path), "\(error)")
      #expect(error.description.contains(url.path) && error.description.hasSuffix("."), "\(error)")
    }
  }

  @Test func missingFileIsNotFound() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("no such")
      #expect(throws: FileError.notFound(path: url.path)) { try SafeTensors(contentsOf: url) }
    }
  }

  // Whatever the bytes are, opening and reading either throws a typed error or gives tensors of the shapes it says.
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
      try SafeTensors.write(tensors, metadata: ["format": "latent"], precision: .half, to: url)
      let original = try Data(contentsOf: url)
      let output = try FileHandle(forWritingTo: url)
      var (opened, refused) = (0, 0)
      func check(_ bytes: Data) throws {
        // Data's own writing waits for the disk each time.
        try output.truncate(atOffset: 0)
        try output.write(contentsOf: bytes)
        do {
          let file = try SafeTensors(contentsOf: url)
          let asDeclared = try file.names.allSatisfy { try file.tensor($0).shape == file.shape(of: $0) }
          if asDeclared { opened += 1 }
        } catch is SafeTensorsError {
          refused += 1
        }
      }

      for count in 0..<original.count { try check(original.prefix(count)) }
      #expect(refused == original.count, "no proper prefix of a file is a file")

      var generator = SplitMix(state: 2024)
      let likely = Array("0123456789-,:[]{}\"\\eE. ".utf8)
      for _ in 0..<4000 {
        var bytes = original
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
          // Most of the mutations go where the lies can be: the length and the header.
          let i = Int.random(in: 0..<bytes.count, using: &generator)
          switch Int.random(in: 0..<3, using: &generator) {
          case 0: bytes[i] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: bytes[i] = likely.randomElement(using: &generator) ?? 0
          default: bytes[i] = UInt8.random(in: 0...255, using: &generator)
          }
        }
        try check(bytes)
      }
      #expect(opened + refused == original.count + 4000)
      #expect(opened > 100 && refused > 1000, "\(opened) opened, \(refused) refused")
    }
  }
}

/// Random bits that depend on the seed alone.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var x = state
    x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
    x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
    return x ^ (x >> 31)
  }
}
