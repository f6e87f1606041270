/// Reads pickles of protocols 2 to 5 into an inert tree: nothing that a file names is ever looked up or called.
///
/// Goals, in order: no file makes it do anything but fill the tree; no file makes it crash, or take time or memory out
/// of proportion to the limits; every tensor is found, whatever lies beside it. What is no tensor is an opaque value: an
/// object of a class that is not known is a bag of what it is made of, its elements and its attributes, in which tensors
/// may lie. An instruction that is not known ends the reading, since how long it is is not known either; those of
/// protocol 0, which are texts, and the numbered extensions are not among them.
///
/// Every instruction costs constant time, or time in proportion to the values it takes from the stack, each of which
/// cost an instruction; what may cost more is charged to ``FileLimits/values``.
///
/// Source: the comments of Python's `pickletools.py`.
struct Unpickler {
  /// Where the pickle is read; behind STOP once ``load()`` returns.
  private(set) var reader: ByteReader
  /// What the values refer to, of all pickles that were read.
  var tree = PickleTree()
  private let limits: FileLimits

  private var stack: [PickleValue] = []
  /// How many values lay on the stack at each MARK that is open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var valueCount = 0
  /// Where the current instruction begins.
  private(set) var offset = 0

  init(_ reader: ByteReader, limits: FileLimits) { (self.reader, self.limits) = (reader, limits) }

  /// Reads one pickle and returns its value.
  mutating func load() throws(TensorFileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      offset = reader.offset
      let byte = UInt8(truncatingIfNeeded: try reader.integer(UInt8.self))
      guard let instruction = Instruction(rawValue: byte) else {
        throw .opcodeUnsupported(file: reader.file, offset: offset, got: byte)
      }
      if instruction == .stop {
        guard stack.count == 1, marks.isEmpty else {
          throw malformed("the pickle ends with \(stack.count, "value") on the stack, not 1")
        }
        return stack[0]
      }
      try execute(instruction)
    }
  }

  /// An error at the current instruction; `reason` is a clause.
  func malformed(_ reason: String) -> TensorFileError {
    .malformed(file: reader.file, offset: offset, reason: reason)
  }

  /// Counts `count` values against the limit.
  ///
  /// Each value that is made takes a byte of the file, and an honest pickle copies none more than once; without this
  /// second limit a file of some kilobytes could copy one container until it filled a gigabyte.
  mutating func charge(_ count: Int) throws(TensorFileError) {
    // The sum cannot overflow: what is counted lies in memory.
    valueCount += count
    let most = min(limits.values, 2 * reader.position)
    try check(valueCount <= most, "values", most)
  }

  // MARK: - Instructions

  /// The instructions under their names in `pickletools.py`.
  private enum Instruction: UInt8 {
    case proto = 0x80, stop = 0x2e, mark = 0x28
    case none = 0x4e, newTrue = 0x88, newFalse = 0x89
    case pop = 0x30, popMark = 0x31, dup = 0x32, frame = 0x95
    case binInt = 0x4a, binInt1 = 0x4b, binInt2 = 0x4d, long1 = 0x8a, long4 = 0x8b, binFloat = 0x47
    case binUnicode = 0x58, shortBinUnicode = 0x8c, binUnicode8 = 0x8d
    case binString = 0x54, shortBinString = 0x55
    case binBytes = 0x42, shortBinBytes = 0x43, binBytes8 = 0x8e, byteArray8 = 0x96
    case emptyTuple = 0x29, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 0x74
    case emptyList = 0x5d, append = 0x61, appends = 0x65
    case emptyDict = 0x7d, setItem = 0x73, setItems = 0x75
    case emptySet = 0x8f, addItems = 0x90, frozenSet = 0x91
    case binPut = 0x71, longBinPut = 0x72, memoize = 0x94, binGet = 0x68, longBinGet = 0x6a
    case global = 0x63, stackGlobal = 0x93, reduce = 0x52, build = 0x62, binPersId = 0x51
    case obj = 0x6f, newObj = 0x81, newObjEx = 0x92
  }

  private mutating func execute(_ instruction: Instruction) throws(TensorFileError) {
    switch instruction {
    case .proto:
      let version = try reader.integer(UInt8.self)
      guard (2...5).contains(version) else {
        throw malformed("the pickle is of protocol \(version), not 2 to 5")
      }
    case .stop: preconditionFailure("STOP ends the reading before it is executed.")
    case .mark:
      try check(marks.count < limits.stackValues, "values on the stack", limits.stackValues)
      marks.append(stack.count)
    // A frame's length says how much may be fetched at once.
    case .frame: _ = try reader.integer(UInt64.self)
    case .pop:
      if stack.count > marks.last ?? 0 { _ = try pop(1) } else { _ = try popToMark() }
    case .popMark: _ = try popToMark()
    case .dup: try push(top())
    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .binInt: try push(.int(reader.integer(Int32.self)))
    case .binInt1: try push(.int(reader.integer(UInt8.self)))
    case .binInt2: try push(.int(reader.integer(UInt16.self)))
    case .long1: try push(long(reader.take(reader.integer(UInt8.self))))
    case .binFloat:
      let bits = try reader.take(8).loadUnaligned(as: UInt64.self)
      try push(.float(Double(bitPattern: UInt64(bigEndian: bits))))
    case .long4: try push(long(reader.take(reader.integer(Int32.self))))
    case .binUnicode: try push(.string(reader.text(reader.integer(UInt32.self))))
    case .shortBinUnicode: try push(.string(reader.text(reader.integer(UInt8.self))))
    case .binUnicode8: try push(.string(reader.text(reader.integer(UInt64.self))))
    case .binString: try push(oldString(reader.take(reader.integer(Int32.self))))
    case .shortBinString: try push(oldString(reader.take(reader.integer(UInt8.self))))
    case .binBytes: try push(byteString(reader.take(reader.integer(UInt32.self))))
    case .shortBinBytes: try push(byteString(reader.take(reader.integer(UInt8.self))))
    case .binBytes8, .byteArray8: try push(byteString(reader.take(reader.integer(UInt64.self))))
    case .emptyTuple: try push(.tuple(sequence([])))
    case .tuple1: try push(.tuple(sequence(pop(1))))
    case .tuple2: try push(.tuple(sequence(pop(2))))
    case .tuple3: try push(.tuple(sequence(pop(3))))
    case .tuple: try push(.tuple(sequence(popToMark())))
    case .emptyList: try push(.list(sequence([])))
    case .append: try append(pop(1))
    case .appends: try append(popToMark())
    case .emptyDict: try push(.dictionary(dictionary([])))
    case .setItem: try setItems(pop(2))
    case .setItems: try setItems(popToMark())
    case .emptySet: try push(object(of: .opaque, []))
    case .addItems: try append(popToMark())
    case .frozenSet: try push(object(of: .opaque, popToMark()))
    case .memoize: try remember(memo.count)
    case .binPut: try remember(reader.integer(UInt8.self))
    case .longBinPut: try remember(reader.integer(UInt32.self))
    case .binGet: try recall(reader.integer(UInt8.self))
    case .longBinGet: try recall(reader.integer(UInt32.self))
    case .global: try push(global(reader.line(), reader.line()))
    case .stackGlobal:
      guard case (.string(let module), .string(let name)) = try pair() else {
        throw malformed("a global is not named by two texts")
      }
      // Names are short: a long one from the memo, again and again, would cost more than the bytes that ask for it.
      guard module.utf8.count + name.utf8.count <= Self.longestName else {
        throw malformed("the name of a global has more than \(Self.longestName) bytes")
      }
      try push(global(module, name))
    case .reduce:
      let (function, arguments) = try pair()
      try push(result(of: function, arguments: arguments))
    case .obj:
      let operands = try popToMark()
      try push(object(of: operands.first ?? .opaque, Array(operands.dropFirst())))
    case .newObj:
      let (type, arguments) = try pair()
      try push(object(of: type, self.arguments(arguments)))
    case .newObjEx:
      let operands = try pop(3)
      try push(object(of: operands[0], arguments(operands[1])))
    case .build: try build(pop(1)[0])
    case .binPersId: try push(persistent(pop(1)[0]))
    }
  }

  private static let longestName = 1024

  private func global(_ module: String, _ name: String) throws(TensorFileError) -> PickleValue {
    guard let global = PickleGlobal(module, name, at: offset) else {
      throw .globalRefused(file: reader.file, offset: offset, got: "\(module).\(name)")
    }
    return .global(global)
  }

  /// A text of Python 2, which are bytes where it is not UTF-8.
  private mutating func oldString(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
    String(validating: bytes, as: UTF8.self).map { .string($0) } ?? byteString(bytes)
  }

  /// The value of a little-endian integer in two's complement, of any number of bytes.
  private func long(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
    guard bytes.count <= 8, let last = bytes.last else { return bytes.isEmpty ? .int(0) : .opaque }
    return .int(bytes.reversed().reduce(last < 0x80 ? 0 : -1) { $0 << 8 | Int($1) })
  }

  // MARK: - Stack

  private mutating func push(_ value: PickleValue) throws(TensorFileError) {
    try check(stack.count < limits.stackValues, "values on the stack", limits.stackValues)
    try charge(1)
    stack.append(value)
  }

  /// Takes the last `count` values, none from below the last mark.
  private mutating func pop(_ count: Int) throws(TensorFileError) -> [PickleValue] {
    let available = stack.count - (marks.last ?? 0)
    guard available >= count else {
      throw malformed("an instruction takes \(count, "value") from a stack of \(available)")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func pair() throws(TensorFileError) -> (PickleValue, PickleValue) {
    let values = try pop(2)
    return (values[0], values[1])
  }

  private mutating func popToMark() throws(TensorFileError) -> [PickleValue] {
    guard let mark = marks.last else { throw malformed("an instruction refers to a mark that is not there") }
    let values = try pop(stack.count - mark)
    marks.removeLast()
    return values
  }

  /// The last value on the stack.
  func top() throws(TensorFileError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else {
      throw malformed("an instruction refers to an empty stack")
    }
    return value
  }

  private mutating func remember(_ number: Int) throws(TensorFileError) {
    memo[number] = try top()
    try check(memo.count <= limits.memoEntries, "memo entries", limits.memoEntries)
  }

  private mutating func recall(_ number: Int) throws(TensorFileError) {
    guard let value = memo[number] else { throw malformed("the memo has no entry \(number)") }
    try push(value)
  }

  private func check(_ isWithin: Bool, _ limit: String, _ expected: Int) throws(TensorFileError) {
    guard isWithin else {
      throw .limitExceeded(file: reader.file, offset: offset, limit: limit, expected: expected)
    }
  }
}
