import Foundation
import LatentCore

/// The lists beside the pictures of CelebA, in their official text form.
///
/// `list_attr_celeba.txt`: the number of pictures; the names of the attributes; then a file name and 1 or −1 for each
/// attribute. `list_eval_partition.txt`: a file name and 0, 1 or 2. `identity_CelebA.txt`: a file name and a number.
struct CelebALists {
  let folder: URL

  /// The folder beside the lists that holds the pictures.
  static let pictureFolder = "img_align_celeba"
  private static let attributeFile = "list_attr_celeba.txt"
  private static let splitFile = "list_eval_partition.txt"
  private static let identityFile = "identity_CelebA.txt"

  var exist: Bool { has(Self.attributeFile) }

  func read() throws -> (attributeNames: [String], pictures: [PictureDataset.Picture]) {
    var (names, pictures) = try readAttributes()
    if has(Self.splitFile) {
      let splits = try readNumbers(of: Self.splitFile, expected: "a file name and 0, 1 or 2") {
        PictureDataset.Split(listedAs: $0)
      }
      for index in pictures.indices { pictures[index].split = splits[pictures[index].fileName] ?? .train }
    }
    if has(Self.identityFile) {
      let identities = try readNumbers(of: Self.identityFile, expected: "a file name and a number") { $0 }
      for index in pictures.indices { pictures[index].identity = identities[pictures[index].fileName] }
    }
    for index in pictures.indices where pictures[index].split == .train && isForTuning(pictures[index]) {
      pictures[index].split = .tuning
    }
    return (names, pictures)
  }

  /// Without its person's number a picture goes by its name, which stays when a set is made of part of another.
  private func isForTuning(_ picture: PictureDataset.Picture) -> Bool {
    if let identity = picture.identity { return identity % 10 == 0 }
    var stream = RandomStream(seed: 0, name: (picture.fileName as NSString).deletingPathExtension)
    return stream.index(below: 10) == 0
  }

  /// Writes lists of the same kinds for some of the pictures, under other file names.
  func write(
    to folder: URL, attributeNames: [String], pictures: [(picture: PictureDataset.Picture, fileName: String)]
  ) throws {
    func write(_ name: String, _ lines: [String]) throws {
      let text = lines.map { $0 + "\n" }.joined()
      try AtomicFile.write(Data(text.utf8), to: folder.appendingPathComponent(name))
    }
    let rows = pictures.map { picture, fileName in
      let values = attributeNames.indices.map { picture.attributes?[$0] == true ? " 1" : "-1" }
      return ([fileName] + values).joined(separator: " ")
    }
    try write(Self.attributeFile, ["\(pictures.count)", attributeNames.joined(separator: " ")] + rows)
    if has(Self.splitFile) {
      try write(Self.splitFile, pictures.map { "\($0.fileName) \($0.picture.split.listed)" })
    }
    if has(Self.identityFile) {
      try write(
        Self.identityFile,
        pictures.compactMap { entry in entry.picture.identity.map { "\(entry.fileName) \($0)" } })
    }
  }

  private func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  private func readAttributes() throws -> ([String], [PictureDataset.Picture]) {
    let file = Self.attributeFile
    let data = try File.contents(of: folder.appendingPathComponent(file))
    let bytes = data.span

    let (countLine, namesStart) = bytes.line(from: 0)
    guard let count = Int(bytes.text(countLine)), count > 0 else {
      throw DatasetError.malformedList(
        file: file, line: 1, expected: "the number of pictures", got: quoted(bytes.text(countLine)))
    }
    let (namesLine, rowsStart) = bytes.line(from: min(namesStart, bytes.count))
    let names = bytes.fields(in: namesLine).map { bytes.text($0) }
    guard (1...PictureDataset.Attributes.capacity).contains(names.count) else {
      throw DatasetError.malformedList(
        file: file, line: 2, expected: "1 to \(PictureDataset.Attributes.capacity) names",
        got: "\(names.count)")
    }

    var pictures: [PictureDataset.Picture] = []
    var start = rowsStart
    var lineNumber = 2
    while start < bytes.count {
      let (line, next) = bytes.line(from: start)
      start = next
      lineNumber += 1
      if line.isEmpty { continue }
      let fields = bytes.fields(in: line)
      guard fields.count == names.count + 1 else {
        throw DatasetError.malformedList(
          file: file, line: lineNumber, expected: "\(names.count) values after the file name",
          got: "\(fields.count - 1)")
      }
      var attributes = PictureDataset.Attributes()
      for (index, field) in fields.dropFirst().enumerated() {
        guard let isPositive = bytes.isPositive(field) else {
          throw DatasetError.malformedList(
            file: file, line: lineNumber, expected: "1 or -1 for \(names[index])",
            got: quoted(bytes.text(field)))
        }
        attributes[index] = isPositive
      }
      pictures.append(PictureDataset.Picture(fileName: bytes.text(fields[0]), attributes: attributes))
    }
    guard pictures.count == count else {
      throw DatasetError.malformedList(
        file: file, line: 1, expected: "the number of pictures, which is \(pictures.count)", got: "\(count)")
    }
    return (names, pictures)
  }

  /// Reads a list of a file name and a number a line; `convert` refuses a number by nil.
  private func readNumbers<Value>(
    of file: String, expected: String, _ convert: (Int) -> Value?
  ) throws -> [String: Value] {
    let data = try File.contents(of: folder.appendingPathComponent(file))
    let bytes = data.span
    var values: [String: Value] = [:]
    var start = 0
    var lineNumber = 0
    while start < bytes.count {
      let (line, next) = bytes.line(from: start)
      start = next
      lineNumber += 1
      if line.isEmpty { continue }
      let fields = bytes.fields(in: line)
      guard fields.count == 2, let value = Int(bytes.text(fields[1])).flatMap(convert) else {
        throw DatasetError.malformedList(
          file: file, line: lineNumber, expected: expected, got: quoted(bytes.text(line)))
      }
      values[bytes.text(fields[0])] = value
    }
    return values
  }

  private func quoted(_ text: String) -> String { "“\(text)”" }
}

extension PictureDataset.Split {
  /// The number that stands for the split in a list.
  fileprivate var listed: Int {
    switch self {
    case .train, .tuning: 0
    case .validation: 1
    case .test: 2
    }
  }

  fileprivate init?(listedAs number: Int) {
    guard let split = [Self.train, .validation, .test].first(where: { $0.listed == number }) else {
      return nil
    }
    self = split
  }
}

extension Span<UInt8> {
  /// Whether the field is `1`; nil when it is neither that nor `-1`.
  fileprivate func isPositive(_ field: Range<Int>) -> Bool? {
    let one = UInt8(ascii: "1")
    switch field.count {
    case 1 where self[field.lowerBound] == one: return true
    case 2 where self[field.lowerBound] == UInt8(ascii: "-") && self[field.lowerBound + 1] == one:
      return false
    default: return nil
    }
  }
}
