import Foundation
import LatentCore
import Testing
import TestSupport

struct NumPyTests {
  private static let shapes = [[3, 4], [2, 3, 5], [7], [], [0, 4], [1, 1, 9]]

  /// Whole numbers that every type holds.
  private static func tensor(_ shape: [Int], seed: UInt64, largest: UInt64 = 100) -> Tensor {
    var random = RandomStream(seed: seed, name: "whole numbers")
    return Tensor(
      shape: shape, elements: (0..<shape.reduce(1, *)).map { _ in Float(random.next() % (largest + 1)) })
  }

  private static func bits(_ tensor: Tensor) -> [UInt32] { tensor.elements.map(\.bitPattern) }

  // What is written is read: read(write(x)) = x for every type, stored and deflated.
  @Test(arguments: Set(NumberType.allCases).subtracting([.bfloat16]), [false, true])
  func archiveRoundTripIsExact(_ type: NumberType, isCompressed: Bool) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("arrays.npz")
      let tensors = Self.shapes.enumerated().map { index, shape in
        Self.tensor(shape, seed: UInt64(index), largest: type == .bool ? 1 : 100)
      }
      let names = ["a", "ä b", "c/d", "scalar", "empty", "f"]
      try TensorFile.writeNumPyArchive(
        zip(names, tensors).map { StoredTensor($0, $1, as: type) }, isCompressed: isCompressed, to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(file.format == .npz && file.names == names)
      for (name, tensor) in zip(names, tensors) {
        #expect(file.numberType(of: name) == type)
        #expect(try Self.bits(file.tensor(name, shape: tensor.shape)) == Self.bits(tensor), "\(name)")
      }
      // The tests' own reader, which knows nothing of the library's, agrees.
      if [.float16, .float32, .float64, .uint8, .int32, .int64].contains(type) {
        let other = try NumPyArchive.arrays(contentsOf: url)
        #expect(other["a"]?.shape == [3, 4])
        #expect(other["a"]?.values.map { Float($0) } == tensors[0].elements)
      }
    }
  }

  @Test(arguments: shapes) func arrayRoundTripIsExact(_ shape: [Int]) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("array.npy")
      let tensor = Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: 8))
      try TensorFile.writeNumPyArray(StoredTensor("forgotten", tensor), to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(file.format == .npy && file.names == [""])
      #expect(try Self.bits(file.tensor("", shape: shape)) == Self.bits(tensor))
      #expect(try Data(contentsOf: url).count % 4 == 0, "the numbers are aligned")
    }
  }

  // Element (i, j) of an array in Fortran's order is number i + rows·j; big-endian numbers have their bytes reversed.
  @Test(arguments: [
    ("<f4", "True"), (">f4", "False"), (">f8", "True"), (">i2", "True"), ("=u2", "False"), (">u8", "False"),
  ])
  func foreignOrdersAreRead(_ descr: String, isFortran: String) throws {
    let (rows, columns) = (300, 211)
    let tensor = Self.tensor([rows, columns], seed: 4)
    var data = Data()
    for k in 0..<rows * columns {
      let (i, j) = isFortran == "True" ? (k % rows, k / rows) : (k / columns, k % columns)
      data += Self.bytes(of: tensor.elements[i * columns + j], descr)
    }
    let header = "{'descr': '\(descr)', 'fortran_order': \(isFortran), 'shape': (\(rows), \(columns)), }"
    let file = try Self.open(Self.array(header, data))
    #expect(try Self.bits(file.tensor("", shape: [rows, columns])) == Self.bits(tensor))
  }

  private static func bytes(of number: Float, _ descr: String) -> [UInt8] {
    func little<Stored>(_ value: Stored) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    let bytes =
      switch descr.dropFirst() {
      case "f4": little(number)
      case "f8": little(Double(number))
      case "i2": little(Int16(number))
      case "u2": little(UInt16(number))
      default: little(UInt64(number))
      }
    return descr.first == ">" ? bytes.reversed() : bytes
  }

  static func array(_ header: String, _ data: Data, version: UInt8 = 1) -> Data {
    let length = UInt32(header.utf8.count)
    let lengthBytes = withUnsafeBytes(of: length) { Array($0.prefix(version == 1 ? 2 : 4)) }
    return Data([0x93] + "NUMPY".utf8 + [version, 0] + lengthBytes) + Data(header.utf8) + data
  }

  static func open(_ file: Data, limits: FileLimits = FileLimits()) throws -> TensorFile {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("small")
      try file.write(to: url)
      return try TensorFile(contentsOf: url, limits: limits)
    }
  }

  @Test func versionsAndSpellingsOfTheHeader() throws {
    let data = Data(count: 8)
    for (header, version) in [
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }  \n", 1),
      ("{\"shape\":(2L,),\"descr\":\"<f4\",\"fortran_order\":False}", 2),
      ("{ 'shape' : ( 2 , 1 ) , 'fortran_order' : True , 'descr' : '<f4' }", 3),
    ] {
      let file = try Self.open(Self.array(header, data, version: UInt8(version)))
      #expect(try file.tensor("").elements == [0, 0])
    }
  }

  @Test func integersThatDoNotFitAreNotWritten() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.npz")
      for (type, number) in [
        (NumberType.int8, Float(128)), (.uint16, -1), (.int64, 0.5), (.bool, 2), (.int32, .nan),
        (.bfloat16, 1),
        (.uint64, 0x1p64), (.float16, 65520),
      ] {
        let array = StoredTensor("x", Tensor(shape: [2], elements: [0, number]), as: type)
        #expect(throws: TensorFileError.self, "\(type)") {
          try TensorFile.writeNumPyArchive([array], to: url)
        }
        #expect(!FileManager.default.fileExists(atPath: url.path))
      }
    }
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func filesOfNumPyAreRead() throws {
    let file = try TensorFile(contentsOf: Shared.url("golden/checkpoints/arrays-compressed.npz"))
    #expect(file.names == ["a", "f", "i", "h"])
    #expect(file.names.map { file.numberType(of: $0) } == [.float64, .float32, .int64, .float16])
    #expect(file.names.map { file.shape(of: $0) } == [[3, 4], [2, 3], [3], [1, 2]])
    // The library's reader and the tests' own agree on archives of the reference implementations.
    for name in ["latent-mapper", "clip-vit-b32", "theta-loss"] {
      let url = try Shared.url("golden/\(name).npz")
      let (ours, theirs) = (try TensorFile(contentsOf: url), try NumPyArchive.arrays(contentsOf: url))
      for (name, array) in theirs {
        #expect(try ours.tensor(name, shape: array.shape).elements == array.values.map { Float($0) })
      }
      #expect(Set(ours.names).isSuperset(of: theirs.keys) && !theirs.isEmpty)
    }
  }

  // MARK: - Refusals

  // Types that are not read are refused when the numbers are asked for, all else when the file is opened.
  @Test(arguments: [
    ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "“|O”"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "“<c8”"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "“[('a', '<f4')]"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "12 more are expected, and there are 8"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "8 bytes of numbers"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "impossible shape"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "no shape"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "no shape"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "neither True nor False"),
    ("{'descr': '<f4', 'fortran_order': False, }", "lacks the entry “shape”"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "twice"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "needlessly"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1", "goes on"),
    ("{'descr': '<f4, 'fortran_order': False, 'shape': (2,), }", "lacks “}” before"),
    ("__import__('os').system('true')", "lacks “{”"),
  ])
  func headerIsRefused(_ header: String, because: String) throws {
    let error = try #require(throws: TensorFileError.self) {
      try Self.open(Self.array(header, Data(count: 8))).tensor("")
    }
    #expect(error.description.contains(because) && error.description.hasSuffix("."), "\(error)")
  }

  @Test func damagedAndBoastingArchivesAreRefused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.npz")
      try TensorFile.writeNumPyArchive(
        [StoredTensor("x", Tensor(shape: [1000], repeating: 3))], isCompressed: true, to: url)
      let archive = try Data(contentsOf: url)
      var limits = FileLimits()
      limits.inflatedBytes = 1000
      #expect(throws: TensorFileError.self) { try Self.open(archive, limits: limits) }
      for limit in [\FileLimits.tensors, \.headerBytes, \.archiveEntries] {
        var limits = FileLimits()
        limits[keyPath: limit] = 0
        #expect(throws: TensorFileError.self) { try Self.open(archive, limits: limits) }
      }
      // A byte in the middle of the deflated numbers, and one of their checksum in the directory.
      let checksum = try #require(archive.range(of: Data([0x50, 0x4b, 1, 2]))).lowerBound + 16
      for place in [110, checksum] {
        var damaged = archive
        damaged[place] ^= 0x55
        #expect(throws: TensorFileError.self, "\(place)") {
          try Self.open(damaged).tensor("x")
        }
      }
    }
  }

  // Whatever the bytes are, opening and reading either throws a typed error or gives tensors of the shapes it says.
  @Test(arguments: [false, true]) func changedArchivesNeverCrash(isCompressed: Bool) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.npz")
      let tensors = [[2, 3], [5], []].enumerated().map { index, shape in
        StoredTensor("\(index)", Self.tensor(shape, seed: UInt64(index)), as: index == 1 ? .int16 : .float32)
      }
      try TensorFile.writeNumPyArchive(tensors, isCompressed: isCompressed, to: url)
      try checkChangedFiles(try Data(contentsOf: url), at: url, seed: 12)
    }
  }
}
