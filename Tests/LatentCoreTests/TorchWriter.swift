import Foundation

/// Pieces of pickles, each the instructions that leave one value on the stack.
enum Pickle {
  static let none: [UInt8] = [0x4e]
  static let noTuple: [UInt8] = [0x29]

  /// LONG1 of 8 bytes, which takes every integer.
  static func int(_ value: Int) -> [UInt8] { [0x8a, 8] + littleEndian(Int64(value)) }
  static func string(_ text: String) -> [UInt8] { [0x58] + littleEndian(UInt32(text.utf8.count)) + text.utf8 }
  static func tuple(_ elements: [[UInt8]]) -> [UInt8] { [0x28] + elements.joined() + [0x74] }
  static func list(_ elements: [[UInt8]]) -> [UInt8] { [0x5d, 0x28] + elements.joined() + [0x65] }
  static func dictionary(_ elements: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
    [0x7d, 0x28] + elements.flatMap { $0.key + $0.value } + [0x75]
  }
  static func dictionary(_ elements: [(key: String, value: [UInt8])]) -> [UInt8] {
    dictionary(elements.map { (string($0.key), $0.value) })
  }
  static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + "\(module)\n\(name)\n".utf8 }
  static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    function + tuple(arguments) + [0x52]
  }
  /// MEMOIZE under a number below 256, and its recall.
  static func remember(_ value: [UInt8], as number: UInt8) -> [UInt8] { value + [0x71, number] }
  static func recall(_ number: UInt8) -> [UInt8] { [0x68, number] }

  static func storage(
    _ key: String, _ type: String, count: Int, view: [UInt8]? = nil
  ) -> [UInt8] {
    let identifier = [
      string("storage"), global("torch", "\(type)Storage"), string(key), string("cpu"), int(count),
    ]
    return tuple(identifier + (view.map { [$0] } ?? [])) + [0x51]
  }
  static func tensor(_ storage: [UInt8], start: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [
        storage, int(start), tuple(shape.map(int)), tuple(strides.map(int)), [0x89],
        call(global("collections", "OrderedDict"), []),
      ])
  }
  static func parameter(_ tensor: [UInt8]) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_parameter"),
      [tensor, [0x88], call(global("collections", "OrderedDict"), [])])
  }

  /// A whole pickle.
  static func whole(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2e] }

  static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// A zip archive of entries as they are, without checksums.
struct ZipWriter {
  /// Whether sizes and places stand in zip64 records, as those of files beyond 4 GiB.
  var isZip64 = false
  /// The method written into the directory.
  var method: UInt16 = 0
  /// The flags written into the directory.
  var flags: UInt16 = 0

  func archive(_ entries: [(name: String, data: [UInt8])]) -> [UInt8] {
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, data) in entries {
      let header = file.count
      let extra: [UInt8] = [0x46, 0x42, 3, 0, 1, 2, 3]  // padding, as PyTorch aligns storages with
      file +=
        le(UInt32(0x0403_4b50)) + le(UInt16(20)) + le(flags) + le(method) + [UInt8](repeating: 0, count: 8)
      file += le(UInt32(data.count)) + le(UInt32(data.count)) + le(UInt16(name.utf8.count))
      file += le(UInt16(extra.count)) + name.utf8 + extra + data

      let wide = le(UInt16(1)) + le(UInt16(24)) + le(UInt64(data.count)) + le(UInt64(data.count))
      directory += le(UInt32(0x0201_4b50)) + le(UInt32(0)) + le(flags) + le(method)
      directory += [UInt8](repeating: 0, count: 8) + narrow(data.count) + narrow(data.count)
      directory +=
        le(UInt16(name.utf8.count)) + le(UInt16(isZip64 ? 28 : 0)) + [UInt8](repeating: 0, count: 10)
      directory += narrow(header) + name.utf8 + (isZip64 ? wide + le(UInt64(header)) : [])
    }
    let start = file.count
    file += directory
    if isZip64 {
      let record = file.count
      file += le(UInt32(0x0606_4b50)) + le(UInt64(44)) + [UInt8](repeating: 0, count: 12)
      file += le(UInt64(entries.count)) + le(UInt64(entries.count)) + le(UInt64(directory.count))
      file += le(UInt64(start)) + le(UInt32(0x0706_4b50)) + le(UInt32(0)) + le(UInt64(record)) + le(UInt32(1))
    }
    let count = isZip64 ? UInt16.max : UInt16(entries.count)
    file += le(UInt32(0x0605_4b50)) + le(UInt32(0)) + le(count) + le(count)
    return file + narrow(directory.count) + narrow(start) + le(UInt16(0))
  }

  private func narrow(_ value: Int) -> [UInt8] { le(isZip64 ? UInt32.max : UInt32(value)) }
  private func le(_ value: some FixedWidthInteger) -> [UInt8] { Pickle.littleEndian(value) }
}

/// A checkpoint in PyTorch's zip format around a pickled value.
func torchArchive(
  _ value: [UInt8], storages: [(key: String, data: [UInt8])], zip: ZipWriter = ZipWriter(),
  more: [(name: String, data: [UInt8])] = []
) -> Data {
  let data = storages.map { (name: "small/data/\($0.key)", data: $0.data) }
  return Data(zip.archive([("small/data.pkl", Pickle.whole(value))] + more + data))
}

/// A checkpoint in the format before that; `count` is of the numbers in a storage.
func legacyTorchFile(
  _ value: [UInt8], storages: [(key: String, count: Int, data: [UInt8])], isLittleEndian: Bool = true
) -> Data {
  var file: [UInt8] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
  file += Pickle.whole(Pickle.int(1001))
  file += Pickle.whole(Pickle.dictionary([("little_endian", [isLittleEndian ? 0x88 : 0x89])]))
  file += Pickle.whole(value) + Pickle.whole(Pickle.list(storages.map { Pickle.string($0.key) }))
  for storage in storages { file += Pickle.littleEndian(Int64(storage.count)) + storage.data }
  return Data(file)
}
