import Foundation
import LatentCore
import Testing
import TestSupport

// NumPy's arrays in pickles, byte for byte as `pickle.dump` writes them.
struct PickledArrayTests {
  private static let numbers: [Float] = [1.5, -2, 3.25, 4, -5.5, 6]

  /// numpy.dtype(name), which then gets its byte order.
  private static func type(_ name: String, order: String) -> [UInt8] {
    let state = [Pickle.int(3), Pickle.string(order), Pickle.none, Pickle.none, Pickle.none]
    return Pickle.call(Pickle.global("numpy", "dtype"), [Pickle.string(name), [0x89], [0x88]])
      + Pickle.tuple(state) + [0x62]
  }

  private static func array(
    core: String = "numpy.core", shape: [Int], type: [UInt8], isFortranOrder: Bool = false, _ bytes: [UInt8]
  ) -> [UInt8] {
    Pickle.call(
      Pickle.global("\(core).multiarray", "_reconstruct"),
      [Pickle.global("numpy", "ndarray"), Pickle.tuple([Pickle.int(0)]), short("b".utf8)])
      + Pickle.tuple([
        Pickle.int(1), Pickle.tuple(shape.map(Pickle.int)), type, [isFortranOrder ? 0x88 : 0x89], bytes,
      ]) + [0x62]
  }

  private static func short(_ bytes: some Collection<UInt8>) -> [UInt8] {
    [0x43, UInt8(bytes.count)] + bytes
  }

  private static func stored(bigEndian: Bool = false) -> [UInt8] {
    numbers.flatMap { number in
      let bytes = Pickle.littleEndian(number.bitPattern)
      return bigEndian ? bytes.reversed() : bytes
    }
  }

  private static func open(_ pickle: [UInt8], of protocolVersion: UInt8 = 3) throws -> TensorFile {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("array.pkl")
      try Data([0x80, protocolVersion] + pickle + [0x2e]).write(to: url)
      return try TensorFile(contentsOf: url)
    }
  }

  @Test(arguments: ["numpy.core", "numpy._core"]) func arraysAreRead(core: String) throws {
    let type = Self.type("f4", order: "<")
    let file = try Self.open(
      Pickle.dictionary([
        ("name", Pickle.string("x")),
        ("array", Self.array(core: core, shape: [2, 3], type: type, Self.short(Self.stored()))),
        (
          "scalar",
          Pickle.call(
            Pickle.global("\(core).multiarray", "scalar"), [type, Self.short(Self.stored().prefix(4))])
        ),
      ]))
    #expect(file.format == .pickle && file.names == ["array", "scalar"])
    #expect(file.metadata == ["name": "x"])
    #expect(try file.tensor("scalar", shape: []).elements == [1.5])
    #expect(try file.tensor("array", shape: [2, 3]).elements == Self.numbers)
  }

  @Test func orderOfBytesAndOfElementsIsKept() throws {
    let file = try Self.open(
      Pickle.list([
        Self.array(
          shape: [6], type: Self.type("f4", order: ">"), Self.short(Self.stored(bigEndian: true))),
        Self.array(
          shape: [3, 2], type: Self.type("f4", order: "<"), isFortranOrder: true, Self.short(Self.stored())),
      ]))
    #expect(try file.tensor("0").elements == Self.numbers)
    #expect(try file.tensor("1", shape: [3, 2]).elements == [0, 3, 1, 4, 2, 5].map { Self.numbers[$0] })
  }

  // Protocol 2 has no bytes: they are a text whose characters are their numbers. Python 2 has no other texts.
  @Test func bytesOfOldProtocolsAreRead() throws {
    let bytes = Self.stored()
    let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    let encoded = Pickle.call(
      Pickle.global("_codecs", "encode"), [Pickle.string(text), Pickle.string("latin1")])
    let old: [UInt8] = [0x55, UInt8(bytes.count)] + bytes
    for stored in [encoded, old] {
      let file = try Self.open(
        Self.array(shape: [6], type: Self.type("f4", order: "<"), stored), of: 2)
      #expect(try file.tensor("").elements == Self.numbers)
    }
  }

  @Test func arraysOfProtocol5AreRead() throws {
    let bytes: [UInt8] = [0x96] + Pickle.littleEndian(UInt64(24)) + Self.stored()
    let file = try Self.open(
      Pickle.call(
        Pickle.global("numpy._core.numeric", "_frombuffer"),
        [bytes, Self.type("f4", order: "<"), Pickle.tuple([Pickle.int(6)]), Pickle.string("C")]),
      of: 5)
    #expect(try file.tensor("").elements == Self.numbers)
  }

  @Test func arraysOfObjectsAreRefusedAlone() throws {
    let file = try Self.open(
      Pickle.list([
        Self.array(shape: [1], type: Self.type("O8", order: "|"), Pickle.list([Pickle.none])),
        Self.array(shape: [6], type: Self.type("f4", order: "<"), Self.short(Self.stored())),
      ]))
    #expect(try file.tensor("1").elements == Self.numbers)
    #expect(throws: TensorFileError.self) { try file.tensor("0") }
  }

  @Test func anArrayThatIsNotItsSizeIsRefused() {
    for shape in [[5], [7], [-6], [1 << 40, 1 << 40], [2, 3, 0]] {
      #expect(throws: TensorFileError.self) {
        try Self.open(Self.array(shape: shape, type: Self.type("f4", order: "<"), Self.short(Self.stored())))
      }
    }
  }

  // Tensors' storages lie in an archive; a bare pickle has none.
  @Test func aStorageOfABarePickleIsMissing() {
    let tensor = Pickle.tensor(Pickle.storage("0", "Float", count: 2), shape: [2], strides: [1])
    #expect(throws: TensorFileError.self) { try Self.open(tensor) }
  }

  // 300 copies of a text of 6400 bytes in 10 KB: the limit follows from the size of the file.
  @Test func repeatedTextsAreLimited() {
    let text = Pickle.remember(Pickle.string(String(repeating: "k", count: 64000)), as: 0)
    let function = Pickle.remember(Pickle.global("_codecs", "encode"), as: 1)
    let arguments = Pickle.remember(Pickle.tuple([Pickle.recall(0)]), as: 2)
    let call = Pickle.recall(1) + Pickle.recall(2) + [0x52]
    #expect(throws: TensorFileError.self) {
      try Self.open(Pickle.list([text, function, arguments] + .init(repeating: call, count: 300)))
    }
  }
}
