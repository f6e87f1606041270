import Foundation
import LatentCore
import Testing
import TestSupport

struct TorchFileTests {
  private static func checkpoint(_ name: String) throws -> TensorFile {
    try TensorFile(contentsOf: Shared.url("golden/checkpoints/\(name)"))
  }

  private static func bits(_ tensor: Tensor) -> [UInt32] { tensor.elements.map(\.bitPattern) }

  private static func open(_ file: Data, limits: FileLimits = .init()) throws -> TensorFile {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("small.pt")
      try file.write(to: url)
      return try TensorFile(contentsOf: url, limits: limits)
    }
  }

  // MARK: - Files of PyTorch's own

  // One network in four forms: legacy(w) = zip(w) bit for bit, and nested(w) = safetensors(w) = half(zip(w)).
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func fourFormsAreEqual() throws {
    let zip = try Self.checkpoint("dcgan-64-statedict.pth")
    let legacy = try Self.checkpoint("dcgan-64-legacy.pth")
    let nested = try Self.checkpoint("dcgan-64-nested-fp16.pt")
    let safe = try TensorFile(contentsOf: Shared.url("golden/checkpoints/dcgan-64.safetensors"))
    #expect(zip.names.count == 25 && zip.names == legacy.names)
    #expect(nested.names == zip.names.map { "generator." + $0 })
    #expect(Set(safe.names) == Set(zip.names))
    for name in zip.names {
      let tensor = try zip.tensor(name)
      let isSame = try Self.bits(legacy.tensor(name, shape: tensor.shape)) == Self.bits(tensor)
      #expect(isSame, "\(name)")
      let rounded = Tensor(shape: tensor.shape, elements: tensor.elements.map { Float(Float16($0)) })
      let isHalf =
        try Self.bits(nested.tensor("generator." + name, shape: tensor.shape)) == Self.bits(rounded)
        && Self.bits(safe.tensor(name, shape: tensor.shape)) == Self.bits(rounded)
      #expect(isHalf, "\(name)")
      let isCount = name.hasSuffix("num_batches_tracked")
      #expect(zip.numberType(of: name) == (isCount ? .int64 : .float32))
      #expect(nested.numberType(of: "generator." + name) == (isCount ? .int64 : .float16))
    }
  }

  // The base is b(i, j) = 6i + j; t = bᵀ, row = b(2, ·), col = b(·, 1), and bf16 = b exactly, as b < 2⁸.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func viewsShareAStorage() throws {
    let file = try Self.checkpoint("views.pth")
    #expect(file.names == ["t", "row", "col", "bf16", "i64"])
    let b = (0..<24).map { Float($0) }
    #expect(
      try file.tensor("t", shape: [6, 4]).elements == (0..<24).map { Float(6 * ($0 % 4) + $0 / 4) })
    #expect(try file.tensor("row", shape: [6]).elements == Array(b[12..<18]))
    #expect(try file.tensor("col", shape: [4]).elements == [1, 7, 13, 19])
    #expect(try file.tensor("bf16", shape: [4, 6]).elements == b)
    #expect(try file.tensor("i64", shape: [2]).elements == [5, -6])
    #expect(file.numberType(of: "bf16") == .bfloat16 && file.numberType(of: "i64") == .int64)
  }

  // The archive was made from the state dict, rounded: script(w) = half(w).
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func torchScriptHasTheParametersOfItsStateDict() throws {
    let script = try Self.checkpoint("clip-tiny-openai-jit-fp16.pt")
    let state = try Self.checkpoint("clip-tiny-openai-statedict.pt")
    #expect(state.names.count == 62 && Set(script.names) == Set(state.names))
    for name in state.names {
      let tensor = try state.tensor(name)
      let isRounded =
        try script.tensor(name, shape: tensor.shape).elements == tensor.elements.map { Float(Float16($0)) }
      #expect(isRounded, "\(name)")
    }
  }

  @Test(
    .enabled(if: Shared.isAvailable, "the development data folder is not here"),
    arguments: [
      ("mtcnn/pnet.pt", 13), ("mtcnn/rnet.pt", 16), ("mtcnn/onet.pt", 21), ("identity/mobilefacenet.pt", 307),
    ])
  func publishedModelsAreRead(_ model: String, count: Int) throws {
    let file = try TensorFile(contentsOf: Shared.url("models/\(model)"))
    #expect(file.names.count == count)
    for name in file.names {
      let tensor = try file.tensor(name)
      #expect(tensor.shape == file.shape(of: name))
      #expect(tensor.elements.allSatisfy { $0.isFinite }, "\(name)")
    }
  }

  // MARK: - Files of the tests' own

  // Element (i, j, k) of a view is s[start + i·a + j·b + k·c] of its storage s, whatever the type of the numbers is.
  // PyTorch has no storages of longer unsigned integers.
  @Test(arguments: Set(NumberType.allCases).subtracting([.uint16, .uint32, .uint64]))
  func stridedViewsAreGathered(_ type: NumberType) throws {
    let count = 40_000
    let (numbers, data, name) = Self.numbers(of: type, count: count)
    let views: [(start: Int, shape: [Int], strides: [Int])] = [
      (0, [count], [1]), (7, [17, 31], [31, 1]), (3, [31, 17], [1, 31]), (11, [5, 4, 3], [1, 700, 40]),
      (1, [19_000], [2]), (9, [2, 3, 5], [15, 5, 1]), (2, [4, 1, 6], [6, 1 << 62, 1]), (13, [], []),
      (20, [3, 5], [0, 2]), (30, [6, 5], [2, 1]), (count, [0, 4], [4, 1]), (5, [1, 0], [1 << 62, 1]),
      (100, [2, 17_000], [20_000, 1]),
    ]
    let root = Pickle.dictionary(
      views.enumerated().map { index, view in
        let storage = Pickle.storage("0", name, count: count)
        let tensor = Pickle.tensor(storage, start: view.start, shape: view.shape, strides: view.strides)
        return ("\(index)", index.isMultiple(of: 2) ? tensor : Pickle.parameter(tensor))
      })
    for file in [
      torchArchive(root, storages: [("0", data)]),
      torchArchive(root, storages: [("0", data)], zip: ZipWriter(isZip64: true)),
      legacyTorchFile(root, storages: [("0", count, data)]),
    ] {
      let opened = try Self.open(file)
      #expect(opened.names == views.indices.map { "\($0)" })
      for (index, view) in views.enumerated() {
        let tensor = try opened.tensor("\(index)", shape: view.shape)
        let expected = Self.places(view).map { numbers[$0] }
        let isSame = Self.bits(tensor) == expected.map(\.bitPattern)
        #expect(isSame && opened.numberType(of: "\(index)") == type, "\(view)")
      }
    }
  }

  // A legacy storage may be declared as a part of another: its number i is number start + i of that.
  @Test func legacyViewsOfStorages() throws {
    let (numbers, data, name) = Self.numbers(of: .float32, count: 50)
    let view = Pickle.tuple([Pickle.string("v"), Pickle.int(20), Pickle.int(10)])
    let storage = Pickle.storage("7", name, count: 50, view: view)
    let root = Pickle.tensor(storage, start: 1, shape: [9], strides: [1])
    let file = try Self.open(legacyTorchFile(root, storages: [("7", 50, data)]))
    #expect(file.names == [""])
    #expect(try file.tensor("").elements == Array(numbers[21..<30]))
  }

  @Test func namesArePaths() throws {
    let (_, data, name) = Self.numbers(of: .float32, count: 4)
    let tensor = Pickle.tensor(Pickle.storage("0", name, count: 4), shape: [4], strides: [1])
    let ordered = Pickle.global("collections", "OrderedDict")
    let pairs = Pickle.list([
      Pickle.list([Pickle.string("b"), tensor]), Pickle.list([Pickle.string("a"), tensor]),
    ])
    let root = Pickle.dictionary([
      (Pickle.string("epoch"), Pickle.int(3)), (Pickle.string("python2"), Pickle.call(ordered, [pairs])),
      (Pickle.int(-5), Pickle.list([Pickle.none, tensor, Pickle.tuple([tensor])])),
      // A float for a value, and a boolean for a key that leads to no tensor.
      (Pickle.string("rate"), [0x47] + (0..<8).map { UInt8($0) }), ([0x88], Pickle.string("x")),
      (Pickle.string("device"), Pickle.call(Pickle.global("torch", "device"), [Pickle.string("cpu")])),
      (Pickle.string("dtype"), Pickle.global("torch", "float16")),
      (Pickle.string("size"), Pickle.call(Pickle.global("torch", "Size"), [Pickle.tuple([Pickle.int(2)])])),
      (Pickle.string("seed"), [0x8a, 9] + (1...9).map { UInt8($0) }), (Pickle.string("x.y"), tensor),
    ])
    let file = try Self.open(torchArchive(root, storages: [("0", data)]))
    #expect(file.names == ["python2.b", "python2.a", "-5.1", "-5.2.0", "x.y"])
    #expect(file.shape(of: "-5.1") == [4] && file.shape(of: "epoch") == nil)
    let missing = try #require(throws: TensorFileError.self) { try file.tensor("python2.c") }
    guard case .tensorMissing(_, "python2.c", let nearest) = missing else {
      Issue.record("\(missing)")
      return
    }
    #expect(nearest.prefix(2) == ["python2.a", "python2.b"])
    let shape = try #require(throws: TensorFileError.self) { try file.tensor("x.y", shape: [2, 2]) }
    #expect(shape.description.contains("“x.y” in the shape [4], not [2, 2]"))
  }

  // A class that the archive itself defines is a bag of its attributes, but only where there is code to define it.
  @Test func torchScriptObjectsAreBagsOfAttributes() throws {
    let (numbers, data, name) = Self.numbers(of: .float32, count: 6)
    let weight = Pickle.tensor(Pickle.storage("0", name, count: 6), shape: [2, 3], strides: [3, 1])
    func object(_ attributes: [(key: String, value: [UInt8])]) -> [UInt8] {
      Pickle.global("__torch__.net", "Net") + Pickle.noTuple + [0x81] + Pickle.dictionary(attributes) + [0x62]
    }
    let padding = Pickle.call(
      Pickle.global("torch.jit._pickle", "build_intlist"), [Pickle.list([Pickle.int(1)])])
    let root = object([
      ("training", [0x89]), ("conv", object([("padding", padding), ("weight", weight)])),
    ])
    let code = [(name: "small/code/__torch__/net.py", data: [UInt8]("class Net".utf8))]
    let file = try Self.open(torchArchive(root, storages: [("0", data)], more: code))
    #expect(file.names == ["conv.weight"])
    #expect(try file.tensor("conv.weight", shape: [2, 3]).elements == numbers)

    let error = try #require(throws: TensorFileError.self) {
      try Self.open(torchArchive(root, storages: [("0", data)]))
    }
    guard case .globalRefused(_, _, "__torch__.net.Net") = error else {
      Issue.record("\(error)")
      return
    }
  }

  // MARK: - Random numbers

  /// The numbers in storage of a view's elements in row-major order.
  private static func places(_ view: (start: Int, shape: [Int], strides: [Int])) -> [Int] {
    if view.shape.contains(0) { return [] }
    return zip(view.shape, view.strides).reduce([view.start]) { places, dimension in
      places.flatMap { place in
        (0..<dimension.0).map { $0 == 0 ? place : place + $0 * dimension.1 }
      }
    }
  }

  /// Random numbers that the type can hold, as they are in single precision and in a file, and the name of its class.
  private static func numbers(
    of type: NumberType, count: Int
  ) -> (numbers: [Float], data: [UInt8], name: String) {
    let random = randomDoubles(count: count, seed: 31).map { 1000 * $0 }
    func stored<Stored: BitwiseCopyable>(
      _ name: String, _ make: (Double) -> Stored, _ number: (Stored) -> Float
    ) -> (numbers: [Float], data: [UInt8], name: String) {
      let values = random.map(make)
      return (values.map(number), values.withUnsafeBytes { Array($0) }, name)
    }
    switch type {
    case .float64: return stored("Double", { $0 }, { Float($0) })
    case .float32: return stored("Float", { Float($0) }, { $0 })
    case .float16: return stored("Half", { Float16($0) }, { Float($0) })
    case .bfloat16:
      return stored(
        "BFloat16", { UInt16(Float($0).bitPattern >> 16) }, { Float(bitPattern: UInt32($0) << 16) })
    case .int64: return stored("Long", { Int64($0 * 1e9) }, { Float($0) })
    case .int32: return stored("Int", { Int32($0) }, { Float($0) })
    case .int16: return stored("Short", { Int16($0) }, { Float($0) })
    case .int8: return stored("Char", { Int8(truncatingIfNeeded: Int($0)) }, { Float($0) })
    case .uint8: return stored("Byte", { UInt8(truncatingIfNeeded: Int($0)) }, { Float($0) })
    case .uint16, .uint32, .uint64: preconditionFailure("PyTorch has no storage of \(type).")
    case .bool: return stored("Bool", { UInt8($0 > 0 ? 1 : 0) }, { Float($0) })
    }
  }
}
