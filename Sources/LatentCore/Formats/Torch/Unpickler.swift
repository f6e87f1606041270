/// Reads pickles of protocol 2 into an inert tree: nothing that a file names is ever looked up or called.
///
/// Goals, in order: no file makes it do anything but fill the tree; no file makes it crash, or take time or memory out
/// of proportion to the limits; every checkpoint of plain tensors is read. An instruction or a global that is not known
/// ends the reading, where skipping it would mean guessing what a file intends. The instructions are those that PyTorch
/// writes, from Python 2 too; POP and DUP, protocols 3 and later, and protocol 0's textual numbers are not among them.
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
  private let allowsScriptClasses: Bool

  private var stack: [PickleValue] = []
  /// How many values lay on the stack at each MARK that is open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var valueCount = 0
  /// Where the current instruction begins.
  private(set) var offset = 0

  init(_ reader: ByteReader, limits: FileLimits, allowsScriptClasses: Bool) {
    (self.reader, self.limits, self.allowsScriptClasses) = (reader, limits, allowsScriptClasses)
  }

  /// Reads one pickle and returns its value.
  mutating func load() throws(TensorFileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      offset = reader.position
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
    case binInt = 0x4a, binInt1 = 0x4b, binInt2 = 0x4d, long1 = 0x8a, binFloat = 0x47
    case binUnicode = 0x58, binString = 0x54, shortBinString = 0x55
    case emptyTuple = 0x29, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 0x74
    case emptyList = 0x5d, append = 0x61, appends = 0x65
    case emptyDict = 0x7d, setItem = 0x73, setItems = 0x75
    case binPut = 0x71, longBinPut = 0x72, binGet = 0x68, longBinGet = 0x6a
    case global = 0x63, reduce = 0x52, newObj = 0x81, build = 0x62, binPersId = 0x51
  }

  private mutating func execute(_ instruction: Instruction) throws(TensorFileError) {
    switch instruction {
    case .proto:
      let version = try reader.integer(UInt8.self)
      guard version == 2 else { throw malformed("the pickle is of protocol \(version), not 2") }
    case .stop: preconditionFailure("STOP ends the reading before it is executed.")
    case .mark:
      try check(marks.count < limits.stackValues, "values on the stack", limits.stackValues)
      marks.append(stack.count)
    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .binInt: try push(.int(reader.integer(Int32.self)))
    case .binInt1: try push(.int(reader.integer(UInt8.self)))
    case .binInt2: try push(.int(reader.integer(UInt16.self)))
    case .long1: try push(long(reader.take(reader.integer(UInt8.self))))
    case .binFloat:
      _ = try reader.take(8)
      try push(.opaque)
    case .binUnicode: try push(.string(reader.text(reader.integer(UInt32.self))))
    case .binString: try push(.string(reader.text(reader.integer(Int32.self))))
    case .shortBinString: try push(.string(reader.text(reader.integer(UInt8.self))))
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
    case .binPut: try remember(reader.integer(UInt8.self))
    case .longBinPut: try remember(reader.integer(UInt32.self))
    case .binGet: try recall(reader.integer(UInt8.self))
    case .longBinGet: try recall(reader.integer(UInt32.self))
    case .global: try pushGlobal()
    case .reduce:
      let operands = try pop(2)
      try push(result(of: operands[0], arguments: operands[1]))
    case .newObj:
      let operands = try pop(2)
      try push(object(of: operands[0], arguments: operands[1]))
    case .build: try build(pop(1)[0])
    case .binPersId: try push(.storage(storage(pop(1)[0])))
    }
  }

  private mutating func pushGlobal() throws(TensorFileError) {
    let name = try reader.line() + "." + reader.line()
    guard let global = PickleGlobal(name, allowsScriptClasses: allowsScriptClasses) else {
      throw .globalRefused(file: reader.file, offset: offset, got: name)
    }
    try push(.global(global))
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

  private mutating func popToMark() throws(TensorFileError) -> [PickleValue] {
    guard let mark = marks.last else { throw malformed("an instruction refers to a mark that is not there") }
    let values = try pop(stack.count - mark)
    marks.removeLast()
    return values
  }

  private func top() throws(TensorFileError) -> PickleValue {
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

  // MARK: - Containers

  private mutating func sequence(_ elements: [PickleValue]) -> Int {
    tree.sequences.append(elements)
    return tree.sequences.count - 1
  }

  /// Adds a dictionary to the tree and returns its number.
  mutating func dictionary(_ elements: [(key: PickleValue, value: PickleValue)]) -> Int {
    tree.dictionaries.append(elements)
    return tree.dictionaries.count - 1
  }

  private mutating func append(_ values: [PickleValue]) throws(TensorFileError) {
    guard case .list(let list) = try top() else {
      throw malformed("values are appended to what is not a list")
    }
    tree.sequences[list].append(contentsOf: values)
  }

  private mutating func setItems(_ values: [PickleValue]) throws(TensorFileError) {
    guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else {
      throw malformed("what is set is not pairs of a key and a value in a dictionary")
    }
    for i in stride(from: 0, to: values.count, by: 2) {
      tree.dictionaries[dictionary].append((values[i], values[i + 1]))
    }
  }

  private func attributes(_ state: PickleValue) throws(TensorFileError) -> Int {
    guard case .dictionary(let attributes) = state else {
      throw malformed("an object's state is not a dictionary")
    }
    return attributes
  }

  /// Gives what lies on top of the stack its attributes.
  private mutating func build(_ state: PickleValue) throws(TensorFileError) {
    switch try top() {
    case .dictionary: _ = try attributes(state)  // an OrderedDict's attributes, such as `_metadata`
    case .object(let object):
      let attributes = try attributes(state)
      guard tree.dictionaries[object].isEmpty else { throw malformed("an object gets its state twice") }
      // The attributes are shared until either is changed, which the memo allows.
      try charge(tree.dictionaries[attributes].count)
      tree.dictionaries[object] = tree.dictionaries[attributes]
    default: throw malformed("what cannot have a state gets one")
    }
  }
}
