/// What a NumPy array says before its numbers: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
///
/// Python's reader evaluates this as a literal; here only the three entries that the format prescribes are read, each
/// once and in any order.
///
/// Source: NumPy's `numpy/lib/format.py`, versions 1 to 3.
struct NumPyHeader {
  static let magic: [UInt8] = [0x93] + "NUMPY".utf8
  /// How many bytes tell the header's length, the longest form: magic, version, length.
  static let preludeBytes = 12

  /// Only structures, which are refused, need longer headers.
  private static let longest = 65535

  /// The type of the numbers, or nil when it is not read.
  private(set) var type: NumberType?
  /// The type in the file's own words.
  private(set) var typeName = ""
  private(set) var isBigEndian = false
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []
  /// Where the numbers begin.
  let end: Int

  private var text: Substring
  let file: String
  private let name: String
  let offset: Int

  /// Where the header ends that begins with `prelude`, at least ``preludeBytes`` of an array.
  static func end(
    of prelude: UnsafeRawBufferPointer, of file: String, at offset: Int, limits: FileLimits
  ) throws(TensorFileError) -> Int {
    var reader = ByteReader(prelude, of: file, at: 0, startingAt: offset)
    guard try reader.take(magic.count).elementsEqual(magic) else {
      throw .malformed(file: file, offset: offset, reason: "an array does not begin with NumPy's magic bytes")
    }
    let version = try reader.integer(UInt8.self)
    _ = try reader.take(1)
    guard (1...3).contains(version) else {
      throw .malformed(file: file, offset: offset, reason: "the array is of version \(version), not 1 to 3")
    }
    let length = version == 1 ? try reader.integer(UInt16.self) : try reader.integer(UInt32.self)
    guard length <= min(limits.headerBytes, longest) else {
      throw .limitExceeded(
        file: file, offset: offset, limit: "bytes of header", expected: min(limits.headerBytes, longest))
    }
    return reader.position + length
  }

  /// Reads the header in `bytes`, the beginning of an array up to its numbers.
  ///
  /// - Parameters:
  ///   - bytes: The array up to where ``end(of:of:at:limits:)`` said.
  ///   - name: What the array is called.
  ///   - file: The path.
  ///   - offset: Where the array, or what it is packed into, begins in the file.
  /// - Throws: ``TensorFileError`` when the header is malformed or its type is not read.
  init(
    _ bytes: UnsafeRawBufferPointer, name: String, of file: String, at offset: Int
  ) throws(TensorFileError) {
    (end, self.file, self.name, self.offset) = (bytes.count, file, name, offset)
    let start = bytes.count >= 8 && bytes[6] == 1 ? 10 : 12
    guard let literal = String(validating: bytes.dropFirst(start), as: UTF8.self) else {
      throw .malformed(file: file, offset: offset, reason: "the header of “\(name)” is not UTF-8")
    }
    text = literal[...]
    try parse()
  }

  private mutating func parse() throws(TensorFileError) {
    var missing: Set = ["descr", "fortran_order", "shape"]
    try expect("{")
    while !take("}") {
      let key = try string()
      guard missing.remove(key) != nil else {
        throw malformed("has the entry “\(key.prefix(80))” twice or needlessly")
      }
      try expect(":")
      switch key {
      case "descr": try setType()
      case "fortran_order": isFortranOrder = try boolean()
      default: shape = try tuple()
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    guard missing.isEmpty else { throw malformed("lacks the entry “\(missing.sorted()[0])”") }
    skipBlanks()
    guard text.isEmpty else { throw malformed("goes on after its end") }
  }

  // MARK: - Entries

  /// What NumPy calls the types that are read, behind their byte order.
  static let types: [Substring: NumberType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "b1": .bool,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
  ]

  private mutating func setType() throws(TensorFileError) {
    skipBlanks()
    // A list describes structures; their type is told as it is written.
    if text.first == "[" { return try skipStructure() }
    let written = try string()
    typeName = String(written.prefix(80))
    guard let order = written.first, "<>|=".contains(order) else { return }
    (type, isBigEndian) = (Self.types[written.dropFirst()], order == ">")
  }

  /// Passes over the list that describes a structure, up to the bracket that closes it.
  private mutating func skipStructure() throws(TensorFileError) {
    typeName = String(text.prefix(80))
    var (depth, quote) = (0, nil as Character?)
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
        continue
      }
      switch character {
      case "'", "\"": quote = character
      case "[": depth += 1
      case "]": depth -= 1
      default: break
      }
      if depth == 0 {
        text = text[text.index(after: index)...]
        return
      }
    }
    throw malformed("has a structure that does not end")
  }

  private mutating func boolean() throws(TensorFileError) -> Bool {
    if take("True") { return true }
    if take("False") { return false }
    throw malformed("has neither True nor False where one is expected")
  }

  private mutating func string() throws(TensorFileError) -> String {
    skipBlanks()
    guard let quote = text.first, quote == "'" || quote == "\"",
      let close = text.dropFirst().firstIndex(of: quote)
    else { throw malformed("has no text in quotes where one is expected") }
    defer { text = text[text.index(after: close)...] }
    return String(text[text.index(after: text.startIndex)..<close])
  }

  private mutating func tuple() throws(TensorFileError) -> [Int] {
    try expect("(")
    var lengths: [Int] = []
    while !take(")") {
      skipBlanks()
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard let length = Int(digits), lengths.count < Self.mostDimensions else {
        throw malformed("has no shape of at most \(Self.mostDimensions) lengths")
      }
      text = text.dropFirst(digits.count)
      _ = take("L")  // Python 2's long integers
      lengths.append(length)
      if !take(",") {
        try expect(")")
        break
      }
    }
    return lengths
  }

  /// As many as NumPy's arrays can have.
  private static let mostDimensions = 64

  // MARK: - Text

  private mutating func skipBlanks() { text = text.drop { $0 == " " || $0 == "\n" } }

  private mutating func take(_ token: String) -> Bool {
    skipBlanks()
    guard text.hasPrefix(token) else { return false }
    text = text.dropFirst(token.count)
    return true
  }

  private mutating func expect(_ token: String) throws(TensorFileError) {
    guard take(token) else { throw malformed("lacks “\(token)” before “\(text.prefix(20))”") }
  }

  /// An error of the array as a whole; `reason` is a clause.
  func fault(_ reason: String) -> TensorFileError {
    .malformed(file: file, offset: offset, reason: "“\(name)” \(reason)")
  }

  private func malformed(_ reason: String) -> TensorFileError {
    .malformed(file: file, offset: offset, reason: "the header of “\(name)” \(reason)")
  }
}
