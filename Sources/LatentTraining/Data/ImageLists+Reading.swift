import Foundation
import LatentArithmetic
import LatentCore

extension ImageLists {
  /// The columns of a table that are no attributes.
  static let splitColumn = "split", identityColumn = "identity"
  private static let fileColumns = ["file", "image_id"]
  /// What a column of row numbers is called.
  private static let indexColumns = ["", "index", "unnamed: 0"]

  // MARK: - Attributes

  /// Reads a list whose fields are parted by blanks.
  func readAttributeText() throws -> ([String], [ImageDataset.Entry]) {
    let data = try File.contents(of: attributes.url)
    let bytes = data.span
    var cursor = try ListCursor(bytes, file: attributes.name, isTable: false)
    let countRow = try cursor.row(of: bytes)
    let got = countRow.fields.map { bytes.text($0) }.joined(separator: " ")
    guard let count = Int(got), count > 0 else {
      throw countRow.place.error(expected: "the number of images", got: "“\(got.prefix(60))”")
    }
    let nameRow = try cursor.row(of: bytes)
    let names = nameRow.fields.map { bytes.text($0) }
    try check(names, at: nameRow.place)
    var files = ImageNames()
    var images: [ImageDataset.Entry] = []
    while let row = try cursor.next(of: bytes) {
      guard row.fields.count == names.count + 1 else {
        throw row.place.error(
          expected: "\(names.count, "value") after the file name", got: "\(row.fields.count - 1)")
      }
      images.append(.init(fileName: try files.name(row.fields[0], bytes, at: row.place)))
      images[images.count - 1].attributes = try flags(
        row.fields.dropFirst(), of: names, bytes, at: row.place)
    }
    guard images.count == count else {
      throw countRow.place.error(
        expected: "the number of images, which is \(images.count)", got: "\(count)")
    }
    return (names, images)
  }

  /// Reads a list with a header whose fields are parted by commas or semicolons.
  func readAttributeTable() throws -> ([String], [ImageDataset.Entry]) {
    let data = try File.contents(of: attributes.url)
    let bytes = data.span
    var cursor = try ListCursor(bytes, file: attributes.name, isTable: true)
    let (header, first) = try Self.header(&cursor, bytes)
    let columns = header.fields.dropFirst(first + 1).map { bytes.text($0) }
    let (split, identity) = (
      columns.firstIndex(of: Self.splitColumn), columns.firstIndex(of: Self.identityColumn)
    )
    let places = columns.indices.filter { $0 != split && $0 != identity }
    let names = places.map { columns[$0] }
    try check(names, at: header.place)
    var files = ImageNames(among: isOwnTable ? try ImageFolder(at: imageFolder).images : nil)
    var images: [ImageDataset.Entry] = []
    while let row = try cursor.next(of: bytes) {
      guard row.fields.count == header.fields.count else {
        throw row.place.error(
          expected: "\(header.fields.count, "field"), as many as in the header", got: "\(row.fields.count)")
      }
      let values = Array(row.fields.dropFirst(first + 1))
      var image = ImageDataset.Entry(fileName: try files.name(row.fields[first], bytes, at: row.place))
      image.attributes = try flags(
        places.map { values[$0] }, of: names, bytes, at: row.place)
      if let split { image.split = try Self.split(values[split], bytes, at: row.place) }
      if let identity { image.identity = try Self.identity(values[identity], bytes, at: row.place) }
      images.append(image)
    }
    if images.isEmpty { throw header.place.error(expected: "rows below the header", got: "none") }
    return (names, images)
  }

  private func check(_ names: [String], at place: ListPlace) throws(DatasetError) {
    let most = ImageDataset.Attributes.capacity
    guard (1...most).contains(names.count) else {
      throw place.error(expected: "1 to \(most) names", got: "\(names.count)")
    }
    if names.contains("") { throw place.error(expected: "a name for each attribute", got: "an empty one") }
    let repeated = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }.keys.min()
    if let repeated { throw place.error(expected: "each attribute once", got: "“\(repeated)” again") }
  }

  private func flags(
    _ fields: some Sequence<ListRow.Field>, of names: [String], _ bytes: Span<UInt8>, at place: ListPlace
  ) throws(DatasetError) -> ImageDataset.Attributes {
    var result = ImageDataset.Attributes()
    for (index, field) in fields.enumerated() {
      guard let flag = attributes.isTable ? bytes.flag(field) : bytes.isPositive(field) else {
        var there = place
        there.byte = field.bytes.lowerBound
        let expected = attributes.isTable ? "1, 0, -1, true, false, yes or no" : "1 or -1"
        // A single sign is a slip; more is a column of something else.
        let isOther = attributes.isTable && field.bytes.count > 1
        let advice = isOther ? " (a column that is no attribute has to be taken out)" : ""
        throw there.error(expected: "\(expected) for \(names[index])\(advice)", got: bytes.quoted(field))
      }
      result[index] = flag
    }
    return result
  }

  // MARK: - Splits, identities and names

  /// Reads a list of a file name and a number a row; `convert` refuses a number by nil.
  func readNumbers<Value>(
    of list: List, expected: String, _ convert: (Int) -> Value?
  ) throws -> [String: Value] {
    let data = try File.contents(of: list.url)
    let bytes = data.span
    var cursor = try ListCursor(bytes, file: list.name, isTable: list.isTable)
    let first = list.isTable ? try Self.header(&cursor, bytes).first : 0
    var files = ImageNames()
    var values: [String: Value] = [:]
    while let row = try cursor.next(of: bytes) {
      let texts = row.fields.dropFirst(first).prefix(3).map { bytes.text($0) }
      guard texts.count == 2, let value = Int(texts[1]).flatMap(convert) else {
        throw row.place.error(
          expected: "a file name and \(expected)", got: "“\(texts.joined(separator: " ").prefix(60))”")
      }
      values[try files.name(row.fields[first], bytes, at: row.place)] = value
    }
    return values
  }

  /// Reads a list of a file name a row.
  func readNames(of list: List) throws -> Set<String> {
    let data = try File.contents(of: list.url)
    let bytes = data.span
    var cursor = try ListCursor(bytes, file: list.name, isTable: false)
    var files = ImageNames()
    var names: Set<String> = []
    while let row = try cursor.next(of: bytes) {
      guard row.fields.count == 1 else {
        throw row.place.error(expected: "one file name", got: "\(row.fields.count, "field")")
      }
      names.insert(try files.name(row.fields[0], bytes, at: row.place))
    }
    return names
  }

  /// The first row of a table, which names its columns, and which of them is the files': the first, or the second
  /// where a program put a column of row numbers before it.
  private static func header(
    _ cursor: inout ListCursor, _ bytes: Span<UInt8>
  ) throws(DatasetError) -> (row: ListRow, first: Int) {
    let place = cursor.place
    let header = try cursor.next(of: bytes)
    let names = header.map { row in row.fields.prefix(2).map { bytes.text($0).lowercased() } } ?? []
    let first = names.first.map { indexColumns.contains($0) } == true ? 1 : 0
    guard let header, first < names.count, fileColumns.contains(names[first]) else {
      throw (header?.place ?? place).error(
        expected: "a header whose first column is file or image_id",
        got: header.map { bytes.quoted($0.fields[0]) } ?? "nothing")
    }
    return (header, first)
  }

  private static func split(
    _ field: ListRow.Field, _ bytes: Span<UInt8>, at place: ListPlace
  ) throws(DatasetError) -> ImageDataset.Split {
    let split = ImageDataset.Split(rawValue: bytes.text(field).lowercased())
    guard let split, split != .tuning else {
      throw place.error(expected: "train, validation or test as the split", got: bytes.quoted(field))
    }
    return split
  }

  /// The number of a person, nil where the field is empty.
  private static func identity(
    _ field: ListRow.Field, _ bytes: Span<UInt8>, at place: ListPlace
  ) throws(DatasetError) -> Int? {
    if field.bytes.isEmpty { return nil }
    guard let number = Int(bytes.text(field)) else {
      throw place.error(expected: "a number as the identity", got: bytes.quoted(field))
    }
    return number
  }
}

/// The file names of a list, each of which may come once.
private struct ImageNames {
  private var seen: Set<String> = []
  private let there: Set<String>?

  /// Takes any names, or only some.
  init(among names: [String]? = nil) { there = names.map { Set($0) } }

  mutating func name(
    _ field: ListRow.Field, _ bytes: Span<UInt8>, at place: ListPlace
  ) throws(DatasetError) -> String {
    let name = bytes.text(field)
    // Images are written under such names, too; none may lead out of the folder.
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains(where: { ["", ".", ".."].contains($0) }) || name.utf8.contains(0) {
      throw place.error(expected: "the name of a file in the folder", got: bytes.quoted(field))
    }
    if let there, !there.contains(name) {
      throw place.error(
        expected: "an image in the folder", got: "\(bytes.quoted(field)), which is not there")
    }
    if !seen.insert(name).inserted {
      throw place.error(expected: "each file once", got: "\(bytes.quoted(field)) again")
    }
    return name
  }
}

extension Span<UInt8> {
  /// Whether the field is `1`; nil when it is neither that nor `-1`.
  fileprivate func isPositive(_ field: ListRow.Field) -> Bool? {
    let one = UInt8(ascii: "1")
    let range = field.bytes
    switch range.count {
    case 1 where self[range.lowerBound] == one: return true
    case 2 where self[range.lowerBound] == UInt8(ascii: "-") && self[range.lowerBound + 1] == one:
      return false
    default: return nil
    }
  }

  /// What a field of a table says, in any of the ways that people write it.
  fileprivate func flag(_ field: ListRow.Field) -> Bool? {
    // Lists of millions of fields have nothing but 1 and -1 in them.
    if let isPositive = isPositive(field) { return isPositive }
    switch text(field).lowercased() {
    case "true", "yes", "1.0", "1,0": return true
    case "0", "false", "no", "0.0", "0,0", "-1.0", "-1,0": return false
    default: return nil
    }
  }
}
