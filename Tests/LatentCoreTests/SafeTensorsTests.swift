import Foundation
import LatentCore
import Testing
import TestSupport

/// A safetensors file around `header`, followed by `data`.
func safeTensorsFile(header: String, data: Data = Data()) -> Data {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + data
}

/// Writes tensors that are all stored as one type.
func writeSafeTensors(
  _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], as type: NumberType, to url: URL
) throws {
  try TensorFile.writeSafeTensors(
    tensors.map { StoredTensor($0.name, $0.tensor, as: type) }, metadata: metadata, to: url)
}

struct SafeTensorsTests {
  private let tensors: [(name: String, tensor: Tensor)] = [
    ("generator.block1.weight", random([3, 5, 2, 7])), ("leer", Tensor(shape: [0, 4], repeating: 0)),
    ("generator.block1.bias", random([7])), ("a \"quoted\" / name\n", random([2, 3])), ("scalar", random([])),
    ("large", random([5, 7001])),
  ]
  private let metadata = ["format": "latent", "recipe": "{\"steps\": 3}", "ä": "ö", "": ""]

  private static func random(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: UInt64(shape.count) + 17))
  }

  private static func bits(_ tensor: Tensor) -> [UInt32] { tensor.elements.map(\.bitPattern) }

  // The length of the header is what a file begins with, and 0x280 and so on are what a pickle begins with.
  @Test(arguments: [0x280, 0x380, 0x480, 0x580]) func headersOfAnyLengthAreHeaders(length: Int) throws {
    try withTemporaryFolder { folder in
      let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
      let padded = header + String(repeating: " ", count: length - header.utf8.count)
      let url = folder.appendingPathComponent("model.safetensors")
      try safeTensorsFile(header: padded, data: Data([0, 0, 0x80, 0x3f])).write(to: url)
      #expect(try TensorFile(contentsOf: url).tensor("a").elements == [1])
    }
  }

  // Single precision is stored exactly: read(write(x)) = x, bit for bit.
  @Test func singleRoundTripIsExact() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try writeSafeTensors(tensors, metadata: metadata, as: .float32, to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(file.metadata == metadata)
      #expect(file.names == tensors.map(\.name))
      for (name, tensor) in tensors {
        #expect(file.shape(of: name) == tensor.shape)
        #expect(file.numberType(of: name) == .float32)
        let isSame = Self.bits(try file.tensor(name, shape: tensor.shape)) == Self.bits(tensor)
        #expect(isSame, "\(name)")
      }
    }
  }

  // Rounding to nearest: |half(x) − x| ≤ max(2⁻¹¹·|x|, 2⁻²⁵) for |x| < 65520, the second being half the spacing
  // of subnormal halves.
  @Test func halfRoundTripRoundsToNearest() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let count = 40_003
      let magnitudes = randomDoubles(count: count, seed: 5).map { exp2(6 * $0) }
      let x = zip(magnitudes, randomDoubles(count: count, seed: 6)).map {
        Float(min(max($0 * $1, -65504), 65504))
      }
      let tensor = Tensor(shape: [count], elements: x)
      try writeSafeTensors([("odd", random3), ("x", tensor)], metadata: [:], as: .float16, to: url)
      let file = try TensorFile(contentsOf: url)
      let y = try file.tensor("x", shape: [count]).elements
      #expect(file.numberType(of: "x") == .float16)
      let errors = zip(x, y).map { a, b in
        (Double(b) - Double(a)) / max(0x1p-11 * abs(Double(a)), 0x1p-25)
      }
      let worst = worstError(errors, Array(repeating: 0, count: count), scale: 1)
      #expect(worst <= 1)
      #expect(worst > 0.9, "numbers close to a tie are among so many")

      // What is a half already comes back as it was.
      try writeSafeTensors(
        [("x", Tensor(shape: [count], elements: y))], metadata: [:], as: .float16, to: url)
      let isSame = try TensorFile(contentsOf: url).tensor("x").elements == y
      #expect(isSame)
    }
  }

  private var random3: Tensor { Self.random([3]) }

  @Test func halfRefusesWhatWouldBecomeInfinite() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      func write(_ x: [Float]) throws {
        try writeSafeTensors(
          [("x", Tensor(shape: [x.count], elements: x))], metadata: [:], as: .float16, to: url)
      }
      #expect(
        throws: TensorFileError.numberUnstorable(
          file: url.path, tensor: "x", expected: .float16, got: -65520)
      ) {
        try write([1, -65520])
      }
      #expect(!FileManager.default.fileExists(atPath: url.path))
      try write([65519, -.infinity])
      #expect(try TensorFile(contentsOf: url).tensor("x").elements == [65504, -.infinity])
    }
  }

  @Test(arguments: [NumberType.float32, .float16, .bfloat16, .float64])
  func sameInputGivesSameBytes(_ type: NumberType) throws {
    try withTemporaryFolder { folder in
      let files = try (0..<3).map { i in
        let url = folder.appendingPathComponent("\(i)")
        // A dictionary's own order differs from one instance to the next.
        let metadata = Dictionary(uniqueKeysWithValues: self.metadata.shuffled())
        try writeSafeTensors(tensors, metadata: metadata, as: type, to: url)
        return try Data(contentsOf: url)
      }
      #expect(files[0] == files[1] && files[0] == files[2])
      #expect(files[0].prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } % 8 == 0)
    }
  }

  // Each stored type is converted to the nearest single; the leading byte leaves everything after it unaligned.
  @Test func readsEveryType() throws {
    let numbers = randomDoubles(count: 9, seed: 3).map { ($0 * 1000).rounded() }
    var data = Data([200])
    var header = #"{"byte":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#
    var expected: [String: [Float]] = ["byte": [200]]
    func add<Stored>(_ type: String, _ stored: [Stored], _ values: [Float]) {
      let start = data.count
      data += stored.withUnsafeBytes { Data($0) }
      header += #","\#(type)":{"dtype":"\#(type)","shape":[3,3],"data_offsets":[\#(start),\#(data.count)]}"#
      expected[type] = values
    }
    let singles = numbers.map { Float($0) / 7 }
    let truncated = singles.map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
    add("F64", numbers.map { $0 / 7 }, numbers.map { Float($0 / 7) })
    add("F32", singles, singles)
    // 1, −2, the largest, the least normal, the least subnormal, 1/3 rounded, −0, ∞, 1 + 2⁻¹⁰
    add(
      "F16", [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555, 0x8000, 0x7c00, 0x3c01] as [UInt16],
      [1, -2, 65504, 0x1p-14, 0x1p-24, 0.333251953125, -0.0, .infinity, 1.0009765625])
    add("BF16", truncated.map { UInt16($0.bitPattern >> 16) }, truncated)
    add("I64", numbers.map { Int64($0) }, numbers.map { Float($0) })
    add("I32", numbers.map { Int32($0) }, numbers.map { Float($0) })
    add("I16", numbers.map { Int16($0) }, numbers.map { Float($0) })
    add(
      "I8", numbers.map { Int8(truncatingIfNeeded: Int($0)) },
      numbers.map { Float(Int8(truncatingIfNeeded: Int($0))) })
    add("U64", numbers.map { UInt64(abs($0)) }, numbers.map { abs(Float($0)) })
    add("U32", numbers.map { UInt32(abs($0)) }, numbers.map { abs(Float($0)) })
    add("U16", numbers.map { UInt16(abs($0)) }, numbers.map { abs(Float($0)) })
    add("BOOL", numbers.map { UInt8($0 > 0 ? 1 : 0) }, numbers.map { $0 > 0 ? 1 : 0 })
    add(
      "U8", numbers.map { UInt8(min(abs($0) / 16, 255)) },
      numbers.map { Float(UInt8(min(abs($0) / 16, 255))) })
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("types")
      try safeTensorsFile(header: header + "}", data: data).write(to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(file.names.count == NumberType.allCases.count + 1)
      for name in file.names {
        #expect(
          try file.tensor(name).elements.map(\.bitPattern) == expected[name]?.map(\.bitPattern), "\(name)")
      }
    }
  }

  @Test func missingAndMisshapenTensorsAreExplained() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      try writeSafeTensors(tensors, metadata: [:], as: .float32, to: url)
      let file = try TensorFile(contentsOf: url)
      let nearest = ["generator.block1.weight", "generator.block1.bias", "large"]
      let missing = TensorFileError.tensorMissing(
        file: url.path, expected: "generator.block2.weight", nearest: nearest)
      #expect(throws: missing) { try file.tensor("generator.block2.weight") }
      #expect(missing.description.contains("the nearest are “generator.block1.weight”"))
      #expect(
        throws: TensorFileError.shapeMismatch(
          file: url.path, tensor: "generator.block1.bias", expected: [1, 7], got: [7])
      ) { try file.tensor("generator.block1.bias", shape: [1, 7]) }
      #expect(file.shape(of: "generator") == nil && file.numberType(of: "generator") == nil)
    }
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func opensFilesOfOtherTools() throws {
    let file = try TensorFile(contentsOf: Shared.url("golden/checkpoints/dcgan-64.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.names.count == 25)
    #expect(file.numberType(of: "main.1.num_batches_tracked") == .int64)
    let weight = try file.tensor("main.0.weight", shape: [100, 64, 4, 4])
    #expect(weight.elements.allSatisfy { $0.isFinite && abs($0) < 10 })
    let variance = try file.tensor("main.1.running_var", shape: [64])
    #expect(variance.elements.allSatisfy { $0 > 0 && $0 < 1000 })

    let clip = try Shared.url("golden/checkpoints/clip-tiny-huggingface/model.safetensors")
    let parts = try TensorFile(contentsOf: clip)
    #expect(!parts.names.isEmpty)
    for name in parts.names {
      let tensor = try parts.tensor(name)
      #expect(tensor.shape == parts.shape(of: name))
    }
  }
}
