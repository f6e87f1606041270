import Foundation
import LatentCore
import Testing
import TestSupport

/// A checkpoint that has to be refused, and how.
struct TorchRefusal: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let file: Data
  let limits: FileLimits
  let isRight: @Sendable (TensorFileError) -> Bool

  init(
    _ name: String, _ file: Data, limits: FileLimits = .init(),
    _ isRight: @escaping @Sendable (TensorFileError) -> Bool
  ) {
    (testDescription, self.file, self.limits, self.isRight) = (name, file, limits, isRight)
  }

  /// An archive around a value, with a storage “0” of 6 floats.
  init(
    _ name: String, value: [UInt8], limit: WritableKeyPath<FileLimits, Int>? = nil, of most: Int = 0,
    _ isRight: @escaping @Sendable (TensorFileError) -> Bool
  ) {
    var limits = FileLimits()
    if let limit { limits[keyPath: limit] = most }
    self.init(name, torchArchive(value, storages: Self.storages), limits: limits, isRight)
  }

  private static let floats = (1...24).map { UInt8($0) }
  private static let storages = [(key: "0", data: floats)]
  private static let storage = Pickle.storage("0", "Float", count: 6)
  private static let tensor = Pickle.tensor(storage, shape: [2, 3], strides: [3, 1])

  @Sendable private static func malformed(_ error: TensorFileError) -> Bool {
    if case .malformed = error { true } else { false }
  }

  @Sendable private static func outside(_ error: TensorFileError) -> Bool {
    if case .tensorOutsideStorage(_, _, expected: 6, _, _, _) = error { true } else { false }
  }

  @Sendable private static func tooDeep(_ error: TensorFileError) -> Bool {
    if case .limitExceeded(_, _, "nested containers", 100) = error { true } else { false }
  }

  private static func limit(_ name: String, _ most: Int) -> @Sendable (TensorFileError) -> Bool {
    { if case .limitExceeded(_, _, name, most) = $0 { true } else { false } }
  }

  static let all: [TorchRefusal] = formats + pickles + tensors + limitsExceeded + copies + names

  // The pickle begins at byte 51 of a small archive: 30 and 14 bytes of header and name, 7 of padding.
  static let formats = [
    TorchRefusal("nothing", Data()) { if case .formatUnknown = $0 { true } else { false } },
    TorchRefusal("text", Data("a text\n".utf8)) { if case .formatUnknown = $0 { true } else { false } },
    TorchRefusal("archive without a pickle", Data(ZipWriter().archive([("a/b/data.pkl", [])]))) {
      if case .entryMissing = $0 { true } else { false }
    },
    TorchRefusal(
      "not deflated", torchArchive(tensor, storages: storages, zip: ZipWriter(method: 8)), malformed),
    TorchRefusal("packed otherwise", torchArchive(tensor, storages: storages, zip: ZipWriter(method: 9))) {
      if case .entryPacked(_, _, "small/data.pkl", 9) = $0 { true } else { false }
    },
    TorchRefusal("encrypted", torchArchive(tensor, storages: storages, zip: ZipWriter(flags: 1))) {
      if case .entryPacked(_, _, "small/data.pkl", 0) = $0 { true } else { false }
    },
    TorchRefusal("entry twice", torchArchive(tensor, storages: storages + storages), malformed),
    TorchRefusal("no storage", torchArchive(tensor, storages: [])) {
      if case .entryMissing(_, "small/data/0") = $0 { true } else { false }
    },
    TorchRefusal("short storage", torchArchive(tensor, storages: [("0", floats.dropLast())])) {
      if case .storageMismatch(_, _, "0", 24, 23) = $0 { true } else { false }
    },
    TorchRefusal(
      "big-endian archive",
      torchArchive(tensor, storages: storages, more: [("small/byteorder", [UInt8]("big".utf8))])
    ) { if case .byteOrderUnsupported(_, _, "big") = $0 { true } else { false } },
    TorchRefusal(
      "big-endian legacy", legacyTorchFile(tensor, storages: [("0", 6, floats)], isLittleEndian: false)
    ) { if case .byteOrderUnsupported = $0 { true } else { false } },
    TorchRefusal("legacy without its storage", legacyTorchFile(tensor, storages: [])) {
      if case .entryMissing(_, "0") = $0 { true } else { false }
    },
    TorchRefusal("legacy with another count", legacyTorchFile(tensor, storages: [("0", 5, floats)])) {
      if case .storageMismatch(_, _, "0", 24, 20) = $0 { true } else { false }
    },
    TorchRefusal(
      "legacy storage twice", legacyTorchFile(tensor, storages: [("0", 6, floats), ("0", 6, floats)]),
      malformed),
    TorchRefusal(
      "legacy storage of no tensor", legacyTorchFile(tensor, storages: [("1", 6, floats)]), malformed),
  ]

  static let pickles = [
    TorchRefusal("os.system", value: Pickle.call(Pickle.global("os", "system"), [Pickle.string("false")])) {
      if case .globalRefused(_, 53, "os.system") = $0 { true } else { false }
    },
    // A name that merely begins like one of those allowed.
    TorchRefusal("torch.load", value: Pickle.global("torch", "load")) {
      if case .globalRefused(_, 53, "torch.load") = $0 { true } else { false }
    },
    TorchRefusal("TorchScript class in a plain archive", value: Pickle.global("__torch__", "Net")) {
      if case .globalRefused(_, 53, "__torch__.Net") = $0 { true } else { false }
    },
    TorchRefusal("unknown instruction", value: [0x4e, 0x97]) {
      if case .opcodeUnsupported(_, 54, 0x97) = $0 { true } else { false }
    },
    TorchRefusal("protocol 6", value: [0x80, 6, 0x4e]) {
      if case .malformed(_, 53, "the pickle is of protocol 6, not 2 to 5") = $0 { true } else { false }
    },
    TorchRefusal("text beyond the pickle", value: [0x58, 255, 255, 255, 255]) {
      if case .truncated(_, 58, 0xffff_ffff, 1) = $0 { true } else { false }
    },
    TorchRefusal("negative length of text", value: [0x54, 255, 255, 255, 255]) {
      if case .truncated(_, 58, -1, 1) = $0 { true } else { false }
    },
    TorchRefusal("text that is not UTF-8", value: [0x58, 1, 0, 0, 0, 0xff], malformed),
    TorchRefusal("global of a number", value: [0x4e, 0x4e, 0x93], malformed),
    TorchRefusal("call without a tuple", value: Pickle.global("a", "b") + [0x4e, 0x52], malformed),
    TorchRefusal("name without an end", value: [0x63] + [UInt8](repeating: 0x61, count: 10_000), malformed),
    TorchRefusal("empty stack", value: [0x85], malformed),
    TorchRefusal("values below the mark", value: [0x4e, 0x28, 0x85], malformed),
    TorchRefusal("no mark", value: [0x4e, 0x74], malformed),
    TorchRefusal("unknown memo entry", value: [0x68, 9], malformed),
    TorchRefusal("two values", value: [0x4e, 0x4e], malformed),
    TorchRefusal("open mark", value: [0x4e, 0x28], malformed),
    TorchRefusal("odd dictionary", value: [0x7d, 0x28, 0x4e, 0x75], malformed),
    TorchRefusal(
      "ordered dictionary of numbers",
      value: Pickle.call(Pickle.global("collections", "OrderedDict"), [Pickle.list([Pickle.int(1)])]),
      malformed),
    TorchRefusal("storage of a negative count", value: Pickle.storage("0", "Float", count: -1), malformed),
    TorchRefusal("storage beyond all sizes", value: Pickle.storage("0", "Double", count: 1 << 61), malformed),
    TorchRefusal(
      "storage in two ways", value: Pickle.tuple([storage, Pickle.storage("0", "Int", count: 6)]), malformed),
    TorchRefusal(
      "view beyond its storage",
      value: Pickle.storage(
        "0", "Float", count: 6, view: Pickle.tuple([Pickle.string("v"), Pickle.int(5), Pickle.int(2)])),
      malformed),
  ]

  private static func refused(_ name: String, _ start: Int, _ shape: [Int], _ strides: [Int]) -> TorchRefusal
  {
    TorchRefusal(
      name, value: Pickle.tensor(storage, start: start, shape: shape, strides: strides), outside)
  }

  static let tensors = [
    refused("one too many", 0, [7], [1]), refused("one too far", 1, [2, 3], [3, 1]),
    refused("stride too long", 0, [2, 3], [4, 1]), refused("negative start", -1, [6], [1]),
    refused("start behind the end", 6, [], []), refused("empty behind the end", 7, [0], [1]),
    refused("negative stride", 5, [6], [-1]), refused("negative length", 0, [-6], [1]),
    refused("two negative lengths", 0, [-2, -3], [3, 1]), refused("greatest start", .max, [2], [1]),
    refused("overflow of the end", 0, [1 << 32], [1 << 32]),
    refused("overflow to 0", 0, [1 << 32, 1 << 32], [0, 0]),
    refused("overflow before a 0", 0, [1 << 32, 1 << 32, 0], [0, 0, 0]),
    refused("sixteen million and one of one number", 0, [1 << 24 + 1], [0]),
    refused("memory beyond all sizes", 0, [1 << 40], [0]),
    TorchRefusal(
      "strides unlike the shape", value: Pickle.tensor(storage, shape: [6], strides: []), malformed),
    TorchRefusal("65 dimensions", malformed65, malformed),
  ]

  private static let malformed65 = torchArchive(
    Pickle.tensor(storage, shape: .init(repeating: 1, count: 65), strides: .init(repeating: 1, count: 65)),
    storages: storages)

  static let limitsExceeded = [
    TorchRefusal(
      "memo", value: [0x4e] + (0..<3).flatMap { [0x71, $0] }, limit: \.memoEntries, of: 2,
      limit("memo entries", 2)),
    TorchRefusal(
      "stack", value: .init(repeating: 0x4e, count: 9), limit: \.stackValues, of: 8,
      limit("values on the stack", 8)),
    TorchRefusal(
      "marks", value: .init(repeating: 0x28, count: 9), limit: \.stackValues, of: 8,
      limit("values on the stack", 8)),
    TorchRefusal("values made", value: [0x4e, 0x85, 0x85, 0x85], limit: \.values, of: 3, limit("values", 3)),
    TorchRefusal("pickle", value: tensor, limit: \.pickleBytes, of: 20, limit("bytes of pickle", 20)),
    TorchRefusal("entries", value: tensor, limit: \.archiveEntries, of: 1, limit("archive entries", 1)),
    TorchRefusal("legacy pickle", legacyTorchFile(tensor, storages: [("0", 6, floats)]), limits: small) {
      if case .limitExceeded(_, _, "bytes of pickle", 60) = $0 { true } else { false }
    },
    TorchRefusal("nesting", value: nested(101, tensor), tooDeep),
    // Freeing it would overflow the call stack if containers held each other.
    TorchRefusal("a million tuples", value: [0x4e] + .init(repeating: 0x85, count: 1_000_000), tooDeep),
    TorchRefusal("list in itself", value: [0x5d, 0x71, 0, 0x68, 0, 0x61], tooDeep),
    // 2⁶⁰ paths to one tensor.
    TorchRefusal("shared containers", value: doubled(60, tensor), limit: \.nameBytes, of: 100_000) {
      if case .limitExceeded(_, _, "bytes of names", 100_000) = $0 { true } else { false }
    },
    TorchRefusal("wide containers, shared", value: wide, limit: \.values, of: 100_000) {
      if case .limitExceeded(_, _, "paths to values", 100_000) = $0 { true } else { false }
    },
  ]

  // 20 KB that ask for 100 times as much memory: 300 objects with the same 1000 attributes, which are changed in between,
  // and 300 dictionaries made of the same list of 1000 pairs. The limit follows from the size of the file.
  private static func isOfCopies(_ error: TensorFileError) -> Bool {
    if case .limitExceeded(_, _, "values", let most) = error { most < 100_000 } else { false }
  }

  static let copies = [
    TorchRefusal(
      "objects with the same attributes",
      torchArchive(objects, storages: [], more: [("small/code/x", [])]), isOfCopies),
    TorchRefusal("dictionaries of the same pairs", value: dictionaries, isOfCopies),
    TorchRefusal("tensors of the same long shape", value: shapes, isOfCopies),
    TorchRefusal(
      "long key of a storage",
      value: Pickle.storage(String(repeating: "k", count: 257), "Float", count: 6), malformed),
    TorchRefusal("long keys, visited again and again", value: longKeys, limit: \.values, of: 3000) {
      if case .limitExceeded(_, _, "paths to values", 3000) = $0 { true } else { false }
    },
  ]

  private static let shapes: [UInt8] = {
    let ones = [Int](repeating: 1, count: 64)
    let arguments = [
      Pickle.remember(storage, as: 0), Pickle.int(0), Pickle.tuple(ones.map(Pickle.int)),
      Pickle.tuple(ones.map(Pickle.int)), [0x89], Pickle.none,
    ]
    let function = Pickle.remember(Pickle.global("torch._utils", "_rebuild_tensor_v2"), as: 1)
    let call = Pickle.recall(1) + Pickle.recall(2) + [0x52]
    return Pickle.list(
      [function, Pickle.remember(Pickle.tuple(arguments), as: 2)] + .init(repeating: call, count: 300))
  }()

  /// 100 times the same dictionary, with a key of 6400 bytes.
  private static let longKeys: [UInt8] = {
    let key = Pickle.string(String(repeating: "k", count: 6400))
    let inner = Pickle.remember(Pickle.dictionary([(key, Pickle.none)]), as: 0)
    return Pickle.list([inner] + .init(repeating: Pickle.recall(0), count: 99))
  }()

  private static let objects: [UInt8] = {
    let none = (key: Pickle.none, value: Pickle.none)
    let attributes = Pickle.remember(Pickle.dictionary(.init(repeating: none, count: 1000)), as: 0)
    let type = Pickle.remember(Pickle.global("__torch__", "M"), as: 1)
    let object = Pickle.recall(1) + Pickle.noTuple + [0x81] + Pickle.recall(0) + [0x62]
    let change = Pickle.recall(0) + none.key + none.value + [0x73]
    return Pickle.list([attributes, type] + .init(repeating: object + change, count: 300))
  }()

  private static let dictionaries: [UInt8] = {
    let pair = Pickle.remember(Pickle.list([Pickle.none, Pickle.none]), as: 0)
    let pairs = Pickle.list([pair] + .init(repeating: Pickle.recall(0), count: 999))
    let function = Pickle.remember(Pickle.global("collections", "OrderedDict"), as: 1)
    let arguments = Pickle.remember(Pickle.tuple([pairs]), as: 2)
    let call = Pickle.recall(1) + Pickle.recall(2) + [0x52]
    return Pickle.list([function, arguments] + .init(repeating: call, count: 300))
  }()

  private static let small: FileLimits = {
    var limits = FileLimits()
    limits.pickleBytes = 60
    return limits
  }()

  private static func nested(_ depth: Int, _ value: [UInt8]) -> [UInt8] {
    value + [UInt8](repeating: 0x85, count: depth)
  }

  private static func doubled(_ depth: UInt8, _ value: [UInt8]) -> [UInt8] {
    (0..<depth).reduce(value) { Pickle.remember($0, as: $1) + Pickle.recall($1) + [0x86] }
  }

  /// A list of 1000 times the same list of 1000 numbers.
  private static let wide: [UInt8] = {
    let inner = Pickle.remember(Pickle.list(.init(repeating: [0x4b, 1], count: 1000)), as: 0)
    return Pickle.list([inner] + .init(repeating: Pickle.recall(0), count: 999))
  }()

  static let names = [
    TorchRefusal("key twice", value: Pickle.dictionary([("a", tensor), ("a", Pickle.none)])) {
      if case .nameRepeated(_, _, "a") = $0 { true } else { false }
    },
    TorchRefusal(
      "path twice",
      value: Pickle.dictionary([("a.b", tensor), ("a", Pickle.dictionary([("b", tensor)]))])
    ) { if case .nameRepeated(_, _, "a.b") = $0 { true } else { false } },
  ]
}

struct TorchRefusalTests {
  @Test(arguments: TorchRefusal.all) func fileIsRefused(_ refusal: TorchRefusal) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("refused.pt")
      try refusal.file.write(to: url)
      let error = try #require(throws: TensorFileError.self) {
        try TensorFile(contentsOf: url, limits: refusal.limits)
      }
      #expect(refusal.isRight(error), "\(error)")
      #expect(error.description.contains(url.path) && error.description.hasSuffix("."), "\(error)")
    }
  }

  // What the limits have to let through: as deep as allowed, and as many elements as numbers of one may make.
  @Test func limitsAreInclusive() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("small.pt")
      let storage = Pickle.storage("0", "Byte", count: 1)
      let tensor = Pickle.tensor(storage, shape: [1 << 24], strides: [0])
      let root = tensor + [UInt8](repeating: 0x85, count: 100)
      try torchArchive(root, storages: [("0", [42])]).write(to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(file.names == [Array(repeating: "0", count: 100).joined(separator: ".")])
      let read = try file.tensor(file.names[0], shape: [1 << 24])
      let isRepeated = read.withElements { $0.allSatisfy { $0 == 42 } }
      #expect(isRepeated)
    }
  }

  @Test func missingFileIsNotFound() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("no such")
      #expect(throws: FileError.notFound(path: url.path)) { try TensorFile(contentsOf: url) }
    }
  }

  @Test(
    .enabled(if: Shared.isAvailable, "the development data folder is not here"),
    arguments: [
      ("refuse-os-system.pth", "posix.system"),
      ("refuse-whole-module.pth", "torch.nn.modules.container.Sequential"),
    ])
  func pickledCodeIsRefusedByName(_ file: String, global: String) throws {
    let url = try Shared.url("golden/checkpoints/\(file)")
    let error = try #require(throws: TensorFileError.self) { try TensorFile(contentsOf: url) }
    guard case .globalRefused(url.path, _, global) = error else {
      Issue.record("\(error)")
      return
    }
  }
}
