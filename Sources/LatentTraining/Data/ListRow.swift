import LatentArithmetic

/// Where something stands in a list: the line from 1, and the offset of its first byte from 0.
struct ListPlace {
  let file: String
  var line: Int
  var byte: Int

  /// An error at this place; both arguments are fragments of a sentence.
  func error(expected: String, got: String) -> DatasetError {
    .malformedList(file: file, line: line, byte: byte, expected: expected, got: got)
  }
}

/// A row of a list, its fields as places in the file's bytes.
struct ListRow {
  struct Field {
    let bytes: Range<Int>
    /// Whether quotes in it are doubled.
    var isEscaped = false
  }

  /// The most bytes and fields a row may have; CelebA's have some 150 and 41.
  static let longest = 1 << 20, most = 1 << 10

  let place: ListPlace
  fileprivate(set) var fields: [Field] = []
  /// Where the next row begins.
  fileprivate(set) var next: ListPlace

  fileprivate init(at place: ListPlace) { (self.place, next) = (place, place) }

  fileprivate mutating func append(_ field: Field) throws(DatasetError) {
    fields.append(field)
    if fields.count > Self.most { throw place.error(expected: "at most \(Self.most) fields", got: "more") }
  }

  fileprivate func checkLength(upTo end: Int) throws(DatasetError) {
    if end - place.byte > Self.longest {
      throw place.error(expected: "at most \(Self.longest) bytes in a line", got: "more")
    }
  }
}

/// Goes through the rows of a list, whose fields are parted by blanks, or by commas or semicolons as RFC 4180 has it.
struct ListCursor {
  /// What parts the fields of a table, nil where blanks do.
  private let separator: UInt8?
  private(set) var place: ListPlace

  /// Begins after the byte order mark that some programs put before UTF-8.
  ///
  /// The fields of a table are parted by commas, or by semicolons where the first line has them and no comma.
  init(_ bytes: Span<UInt8>, file: String, isTable: Bool) throws(DatasetError) {
    func begins(with mark: [UInt8]) -> Bool {
      bytes.count >= mark.count && mark.indices.allSatisfy { bytes[$0] == mark[$0] }
    }
    place = ListPlace(file: file, line: 1, byte: begins(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    if begins(with: [0xFF, 0xFE]) || begins(with: [0xFE, 0xFF]) {
      separator = nil
      throw place.error(expected: "text in UTF-8", got: "UTF-16; save the list as UTF-8")
    }
    let header = bytes.line(from: 0).line
    let isOfSemicolons =
      header.contains { bytes[$0] == UInt8(ascii: ";") }
      && !header.contains { bytes[$0] == UInt8(ascii: ",") }
    separator = isTable ? UInt8(ascii: isOfSemicolons ? ";" : ",") : nil
  }

  /// The row that begins here, without fields for an empty line and after the last.
  mutating func row(of bytes: Span<UInt8>) throws(DatasetError) -> ListRow {
    let row =
      if let separator { try bytes.tableRow(at: place, separator) } else { try bytes.blankRow(at: place) }
    place = row.next
    return row
  }

  /// The next row that has fields.
  mutating func next(of bytes: Span<UInt8>) throws(DatasetError) -> ListRow? {
    while place.byte < bytes.count {
      let row = try row(of: bytes)
      if !row.fields.isEmpty { return row }
    }
    return nil
  }
}

extension Span<UInt8> {
  private static var quote: UInt8 { UInt8(ascii: "\"") }

  /// A field as text.
  func text(_ field: ListRow.Field) -> String {
    let text = text(field.bytes)
    return field.isEscaped ? text.replacing("\"\"", with: "\"") : text
  }

  /// The beginning of a field in quotation marks, for a sentence.
  func quoted(_ field: ListRow.Field) -> String {
    let text = text(field)
    return "“\(text.prefix(60))\(text.count > 60 ? "…" : "")”"
  }

  /// The line at a place as fields between blanks.
  fileprivate func blankRow(at place: ListPlace) throws(DatasetError) -> ListRow {
    var row = ListRow(at: place)
    let (line, next) = line(from: Swift.min(place.byte, count))
    try row.checkLength(upTo: line.upperBound)
    for field in fields(in: line) { try row.append(.init(bytes: field)) }
    (row.next.byte, row.next.line) = (next, place.line + 1)
    return row
  }

  /// The record at a place, fields between separators.
  ///
  /// In quotes a field may hold separators, line ends and, doubled, quotes. Blanks around a field are no part of it.
  ///
  /// Source: RFC 4180.
  fileprivate func tableRow(at place: ListPlace, _ separator: UInt8) throws(DatasetError) -> ListRow {
    var row = ListRow(at: place)
    var here = place
    while true {
      here.byte = skippingBlanks(from: here.byte)
      let isQuoted = here.byte < count && self[here.byte] == Self.quote
      let field =
        isQuoted ? try quotedField(&here, of: row, separator) : try bareField(&here, of: row, separator)
      try row.checkLength(upTo: here.byte)
      let isLast = here.byte >= count || self[here.byte] != separator
      if isLast, !isQuoted, row.fields.isEmpty, field.bytes.isEmpty { break }
      try row.append(field)
      if isLast { break }
      here.byte += 1
    }
    (row.next.byte, row.next.line) = (here.byte + 1, here.line + 1)
    return row
  }

  private func skippingBlanks(from start: Int) -> Int {
    var index = start
    while index < count, Self.isBlank(self[index]) { index += 1 }
    return index
  }

  /// A field without quotes; leaves the place at the separator or line end after it.
  private func bareField(
    _ here: inout ListPlace, of row: ListRow, _ separator: UInt8
  ) throws(DatasetError) -> ListRow.Field {
    let start = here.byte
    while here.byte < count, self[here.byte] != separator, self[here.byte] != 0x0A {
      if self[here.byte] == Self.quote {
        throw here.error(expected: "quotes around all of a field that holds one", got: "one within it")
      }
      here.byte += 1
      try row.checkLength(upTo: here.byte)
    }
    var end = here.byte
    while end > start, Self.isBlank(self[end - 1]) { end -= 1 }
    return .init(bytes: start..<end)
  }

  /// A field in quotes; leaves the place at the separator or line end after it.
  private func quotedField(
    _ here: inout ListPlace, of row: ListRow, _ separator: UInt8
  ) throws(DatasetError) -> ListRow.Field {
    let opening = here
    var isEscaped = false
    here.byte += 1
    while true {
      guard here.byte < count else {
        throw opening.error(expected: "a closing quote", got: "the end of the file")
      }
      try row.checkLength(upTo: here.byte)
      if self[here.byte] == Self.quote {
        guard here.byte + 1 < count, self[here.byte + 1] == Self.quote else { break }
        isEscaped = true
        here.byte += 1
      } else if self[here.byte] == 0x0A {
        here.line += 1
      }
      here.byte += 1
    }
    let bytes = opening.byte + 1..<here.byte
    here.byte = skippingBlanks(from: here.byte + 1)
    guard here.byte >= count || self[here.byte] == separator || self[here.byte] == 0x0A else {
      throw here.error(expected: "a comma or the line's end after a closing quote", got: "more text")
    }
    return .init(bytes: bytes, isEscaped: isEscaped)
  }
}
