import Foundation
import LatentCore
import Testing
import TestSupport

/// A checkpoint that has something beside tensors, or tensors beside others that are not read.
struct MixedFile: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What is read, in the order of the file.
  let tensors: [(name: String, shape: [Int], numbers: [Float])]
  /// What is refused when asked for, and the type that is named.
  var refused: [String: String] = [:]

  private static let weight = (shape: [3, 4], numbers: (0..<12).map(Float.init))
  private static let bias = (shape: [3], numbers: [1, 1, 1] as [Float])

  private static func layer(_ path: String) -> [(name: String, shape: [Int], numbers: [Float])] {
    [
      (path + "weight", weight.shape, weight.numbers),
      (path + "bias", bias.shape, bias.numbers),
    ]
  }

  private init(
    _ name: String, _ tensors: [(name: String, shape: [Int], numbers: [Float])],
    refused: [String: String] = [:]
  ) {
    (testDescription, self.tensors, self.refused) = (name, tensors, refused)
  }

  static let all = [
    MixedFile("neg-view.pth", [("w", [2], [-1, -3])]),
    MixedFile("rosinality-trained.pt", layer("g.conv.") + layer("d.conv.") + layer("g_ema.conv.")),
    MixedFile("torch03-rebuild-tensor.pth", [("main.0.weight", [2, 3], (0..<6).map(Float.init))]),
    MixedFile("bytes.pth", layer("state_dict.conv.")),
    MixedFile("attr.pth", [("w", [2], [1, 1])]),
    MixedFile("defaultdict.pth", layer("state_dict.conv.") + [("opt.state.0.slow", [2], [0, 0])]),
    MixedFile("float8.pth", [("x", [2], [1, 1])], refused: ["w": "torch.float8_e4m3fn"]),
    MixedFile("mixed-f8.safetensors", [("a", [2], [0, 0])], refused: ["b": "F8_E4M3"]),
    MixedFile("deflated.pth", layer("conv.")),
    MixedFile("protocol4.pth", layer("conv.")),
    MixedFile("protocol4-legacy.pth", layer("conv.")),
  ]
}

struct ForeignValuesTests {
  @Test(arguments: MixedFile.all) func whatIsNoTensorIsPassedOver(_ expected: MixedFile) throws {
    let file = try TensorFile(contentsOf: Fixtures.url("files/\(expected.testDescription)"))
    #expect(Set(file.names) == Set(expected.tensors.map(\.name)).union(expected.refused.keys))
    for (name, shape, numbers) in expected.tensors {
      #expect(try file.tensor(name, shape: shape).elements == numbers, "\(name)")
    }
    for (name, type) in expected.refused {
      #expect(file.numberType(of: name) == nil && file.typeName(of: name) == type)
      let error = try #require(throws: TensorFileError.self) { try file.tensor(name) }
      guard case .typeUnsupported(_, _, name, type) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  // The state of a scheduler has a Counter in it.
  @Test func schedulersArePassedOver() throws {
    let file = try TensorFile(contentsOf: Fixtures.url("files/counter-scheduler.pth"))
    #expect(file.names == ["state_dict.weight", "state_dict.bias"])
    #expect(
      try file.tensor("state_dict.bias", shape: [3]).elements.map { ($0 * 1e6).rounded() } == [
        -380954, 416707, 131203,
      ])
  }

  @Test func arraysOfTextsAreRefusedAlone() throws {
    let file = try TensorFile(contentsOf: Fixtures.url("files/faces-embeddings.npz"))
    #expect(file.names == ["arr_0", "arr_1", "arr_2"])
    #expect(try file.tensor("arr_0", shape: [4, 8]).elements[1] == 0.17238338)
    #expect(try file.tensor("arr_2", shape: [2, 8]).elements[0] == 0.4343472)
    #expect(throws: TensorFileError.self) { try file.tensor("arr_1") }
    #expect(file.typeName(of: "arr_1") == "<U10" && file.shape(of: "arr_1") == [4])
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
    ("<!DOCTYPE html>\n<html>", "web page"), ("\n <HTML lang=\"en\">", "web page"),
  ])
  func aForeignFileIsNamed(_ text: String, expected: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try Data(text.utf8).write(to: url)
      let error = try #require(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
      guard case .formatUnsupported(url.path, let got) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(got.contains(expected))
    }
  }

  // MARK: - Pickles

  // Not one of these says anything about the tensor behind it, and none is looked up.
  @Test(arguments: [
    Pickle.call(Pickle.global("pathlib", "PosixPath"), [Pickle.string("false")]),
    Pickle.global("torch", "load"), Pickle.global("__torch__", "Net"), Pickle.call(Pickle.string("x"), []),
    Pickle.call(Pickle.global("torch", "FloatStorage"), []),
    Pickle.global("torch", "Size") + [0x29, 0x81],  // an object of a function
    [0x5d, 0x7d, 0x62],  // the state of a list
    [0x29, 0x4e, 0x61],  // appended to a tuple
    [0x29, 0x51],  // a storage without parts
    [0x55, 1, 0xff],  // bytes of Python 2
    [0x42, 2, 0, 0, 0, 7, 0xff],  // bytes
    [0x8f, 0x28, 0x4b, 1, 0x4b, 2, 0x90],  // a set
    [0x28, 0x4b, 1, 0x91],  // a frozen set
    Pickle.global("a", "B") + [0x29, 0x7d, 0x92],  // an object with keywords
    [0x28] + Pickle.global("a", "B") + [0x4e, 0x6f],  // an object of Python 2
    [0x4e, 0x32, 0x30],  // a value twice, and away again
    [0x8b, 1, 0, 0, 0, 7],  // a long integer
    Pickle.global("a", "B") + [0x29, 0x81, 0x4b, 1, 0x4b, 2, 0x86, 0x62],  // a state of its own
  ])
  func valuesAreOpaque(_ value: [UInt8]) throws {
    let tensor = Pickle.tensor(Pickle.storage("0", "Float", count: 2), shape: [2], strides: [1])
    let root = Pickle.list([value, tensor, Pickle.dictionary([(value, Pickle.none)])])
    let file = try Self.open(torchArchive(root, storages: [("0", Self.bytes([3, -5]))]))
    #expect(file.names == ["1"])
    #expect(try file.tensor("1").elements == [3, -5])
  }

  // What an unknown class is made of, its elements and its attributes are looked through.
  @Test func objectsHoldTensors() throws {
    let tensor = Pickle.tensor(Pickle.storage("0", "Float", count: 2), shape: [2], strides: [1])
    let object =
      Pickle.global("some", "Class") + Pickle.tuple([tensor]) + [0x81] + [0x28] + Pickle.string("key")
      + tensor
      + [0x75] + Pickle.dictionary([("attribute", tensor), ("key", tensor)]) + [0x62]
    let root = Pickle.dictionary([(Pickle.none, object), ([0x88], tensor), (Pickle.noTuple, tensor)])
    let file = try Self.open(torchArchive(root, storages: [("0", Self.bytes([3, -5]))]))
    #expect(file.names == ["None.0", "None.key", "None.attribute", "True", "#2"])
    for name in file.names { #expect(try file.tensor(name).elements == [3, -5]) }
  }

  @Test(
    arguments: [("conj", true, [3, -5]), ("neg", true, [-3, 5]), ("neg", false, [3, -5])]
      as [(
        String, Bool, [Float]
      )])
  func flagsAreApplied(_ flag: String, isSet: Bool, expected: [Float]) throws {
    let file = try Self.open(Self.flagged(flag, isSet: isSet, type: "Float"))
    #expect(try file.tensor("").elements == expected)
  }

  @Test(arguments: [("zero", "Float"), ("neg", "Int"), ("conj", "ComplexFloat")])
  func otherFlagsAreRefused(_ flag: String, type: String) throws {
    let file = try Self.open(Self.flagged(flag, isSet: true, type: type))
    #expect(file.shape(of: "") == [type == "Float" ? 2 : 1])
    let error = try #require(throws: TensorFileError.self) { try file.tensor("") }
    guard case .typeUnsupported(_, _, "", let got) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(got.contains(flag == "conj" ? "Complex" : flag))
  }

  @Test func legacyStoragesOfOtherTypesAreSteppedOver() throws {
    func tensor(_ key: String, _ type: String) -> [UInt8] {
      Pickle.tensor(Pickle.storage(key, type, count: 1), shape: [1], strides: [1])
    }
    let root = Pickle.dictionary([("a", tensor("0", "ComplexFloat")), ("b", tensor("1", "Float"))])
    let file = try Self.open(
      legacyTorchFile(root, storages: [("0", 1, Self.bytes([1, 2])), ("1", 1, Self.bytes([7]))]))
    #expect(try file.tensor("b").elements == [7])
    #expect(throws: TensorFileError.self) { try file.tensor("a") }
  }

  private static func flagged(_ flag: String, isSet: Bool, type: String) -> Data {
    let count = type == "ComplexFloat" ? 1 : 2
    let arguments = [
      Pickle.storage("0", type, count: count), Pickle.int(0), Pickle.tuple([Pickle.int(count)]),
      Pickle.tuple([Pickle.int(1)]), [0x89], Pickle.none,
      Pickle.dictionary([(flag, [isSet ? 0x88 : 0x89])]),
    ]
    let shape = type == "Float" ? arguments : arguments.replacing(2, by: Pickle.tuple([Pickle.int(1)]))
    return torchArchive(
      Pickle.call(Pickle.global("torch._utils", "_rebuild_tensor_v2"), shape),
      storages: [("0", bytes([3, -5]))])
  }

  private static func open(_ data: Data) throws -> TensorFile {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("file.pt")
      try data.write(to: url)
      return try TensorFile(contentsOf: url)
    }
  }

  private static func bytes(_ numbers: [Float]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }
}

extension Array {
  fileprivate func replacing(_ index: Int, by element: Element) -> [Element] {
    var result = self
    result[index] = element
    return result
  }
}
