/// What stands in the place of the calls that a pickle asks for.
extension Unpickler {
  /// REDUCE: what stands for the value that calling `function` would have.
  mutating func result(
    of function: PickleValue, arguments: PickleValue
  ) throws(TensorFileError) -> PickleValue {
    var (function, arguments) = (function, try self.arguments(arguments))
    while case .global(.rebuildFromType) = function, arguments.count >= 3 {
      (function, arguments) = (arguments[0], try self.arguments(arguments[2]))
      try charge(1)
    }
    guard case .global(let global) = function else { return try object(of: function, arguments) }
    switch global {
    case .rebuildTensor: return try tensor(arguments)
    case .rebuildForeignTensor(let name):
      tree.tensors.append(.refused(shape: [], type: name, offset: offset))
      return .tensor(tree.tensors.count - 1)
    case .orderedDictionary: return .dictionary(dictionary(try pairs(arguments)))
    case .wrapper: return arguments.first ?? .opaque
    case .array:
      tree.tensors.append(.unfinished)
      return .tensor(tree.tensors.count - 1)
    case .arrayOfBytes: return try arrayOfBytes(arguments)
    case .arrayType: return arrayType(arguments)
    case .scalar: return try scalar(arguments)
    case .encode: return try encoded(arguments)
    case .rebuildFromType, .storage, .dataType, .other: return try object(of: function, arguments)
    }
  }

  /// BINPERSID: what an identifier stands for, which is a storage, or in the legacy format a class with its code.
  mutating func persistent(_ identifier: PickleValue) throws(TensorFileError) -> PickleValue {
    guard case .tuple(let number) = identifier else { return .opaque }
    let parts = tree.sequences[number]
    guard case .string("storage")? = parts.first else { return parts.count > 1 ? parts[1] : .opaque }
    return .storage(try storage(parts))
  }

  /// The storage, or the part of it, that an identifier stands for: ("storage", class, key, device, count), and in the
  /// legacy format a sixth element, which is None or (key of the view, start, count).
  private mutating func storage(_ parts: [PickleValue]) throws(TensorFileError) -> PickleTree.StorageView {
    guard (5...6).contains(parts.count), case .global(.storage(let type)) = parts[1],
      case .string(let key) = parts[2], case .int(let count) = parts[4], count >= 0
    else { throw malformed("a storage's identifier is not its class, key, device and count") }
    // A key is looked up each time that it comes, so that a long one would cost more than the bytes that ask for it.
    guard key.utf8.count <= Self.longestKey else {
      throw malformed("a storage's key has \(key.utf8.count) bytes, more than \(Self.longestKey)")
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: type.width ?? 1)
    guard !overflow else { throw malformed("a storage of \(count) numbers is beyond all sizes") }
    let declared = PickleTree.Storage(
      key: key, type: type, count: count, size: type.width == nil ? nil : size)
    guard let storage = tree.add(declared) else {
      throw malformed("the storage “\(key)” is declared twice, in different ways")
    }
    let whole = PickleTree.StorageView(storage: storage, start: 0, count: count)
    return parts.count == 6 ? try view(parts[5], of: whole) : whole
  }

  private func view(
    _ description: PickleValue, of whole: PickleTree.StorageView
  ) throws(TensorFileError) -> PickleTree.StorageView {
    if case .none = description { return whole }
    guard case .tuple(let number) = description, tree.sequences[number].count == 3,
      case .int(let start) = tree.sequences[number][1], case .int(let count) = tree.sequences[number][2],
      start >= 0, count >= 0, start <= whole.count, count <= whole.count - start
    else { throw malformed("a view does not lie within its storage of \(whole.count, "number")") }
    return PickleTree.StorageView(storage: whole.storage, start: start, count: count)
  }

  /// An OrderedDict is made of nothing, or by Python 2 of a list of lists, each a key and a value.
  private mutating func pairs(
    _ arguments: [PickleValue]
  ) throws(TensorFileError) -> [(key: PickleValue, value: PickleValue)] {
    guard case .list(let list)? = arguments.first else { return [] }
    // The memo can bring the same list again and again.
    try charge(tree.sequences[list].count)
    var pairs: [(key: PickleValue, value: PickleValue)] = []
    for element in tree.sequences[list] {
      let parts =
        switch element {
        case .list(let number), .tuple(let number): tree.sequences[number]
        default: [] as [PickleValue]
        }
      guard parts.count == 2 else { throw malformed("an ordered dictionary is not made of pairs") }
      pairs.append((parts[0], parts[1]))
    }
    return pairs
  }

  // MARK: - Tensors

  /// The tensor of (storage, start, shape, strides), to which PyTorch 0.4 added whether it has a gradient and hooks, and
  /// later versions flags; the third kind tells the type of the numbers before the flags.
  private mutating func tensor(_ arguments: [PickleValue]) throws(TensorFileError) -> PickleValue {
    guard (4...8).contains(arguments.count), case .storage(let storage) = arguments[0],
      case .int(let start) = arguments[1], let shape = lengths(arguments[2]),
      let strides = lengths(arguments[3]), shape.count == strides.count
    else { throw malformed("a tensor is not made of a storage, a start, a shape and as many strides") }
    // The memo can bring the same shape again and again.
    try charge(shape.count + strides.count)
    let declared = tree.storages[storage.storage].type
    var (type, flags) = (declared, arguments.dropFirst(6).first)
    if case .global(.dataType(let told))? = flags { (type, flags) = (told, arguments.dropFirst(7).first) }
    let marks = try marks(flags)
    if let numbers = type.numbers, marks.isRead(for: numbers) {
      // Numbers of a storage of bytes are counted in their own width.
      let count = declared == .untyped ? storage.count / numbers.width : storage.count
      guard declared == type || declared == .untyped,
        isWithin(count, start: start, shape: shape, strides: strides)
      else {
        throw .tensorOutsideStorage(
          file: reader.file, offset: offset, expected: count, start: start, shape: shape, strides: strides)
      }
      let size = tree.storages[storage.storage].size ?? 0
      tree.tensors.append(
        .view(
          storage: storage.storage,
          StridedNumbers(
            type: numbers, isNegated: marks.isNegated, shape: shape, strides: strides,
            start: storage.start + start, storage: 0..<size)))
    } else {
      guard NumberType.size(of: shape, width: 1) != nil else {
        throw malformed("a tensor has the impossible shape \(shape)")
      }
      let name = type.numbers == nil ? type.name : "a view of \(type.name) marked \(marks.names)"
      tree.tensors.append(.refused(shape: shape, type: name, offset: offset))
    }
    return .tensor(tree.tensors.count - 1)
  }

  /// What a tensor's flags say of its numbers.
  private struct Marks {
    var isNegated = false
    /// Flags that are set and not known.
    var unknown: [String] = []

    /// Whether numbers so marked are read: only those that have a sign are negated.
    func isRead(for type: NumberType) -> Bool { unknown.isEmpty && (!isNegated || type.isFloatingPoint) }

    var names: String { ((isNegated ? ["neg"] : []) + unknown).joined(separator: ", ") }
  }

  private mutating func marks(_ flags: PickleValue?) throws(TensorFileError) -> Marks {
    var marks = Marks()
    guard case .dictionary(let number)? = flags else { return marks }
    try charge(tree.dictionaries[number].count)
    for (key, value) in tree.dictionaries[number] {
      if case .bool(false) = value { continue }
      switch key {
      case .string("neg"): marks.isNegated = true
      case .string("conj"): break  // a real number is its own conjugate, and no complex one is read
      case .string(let name): marks.unknown.append(String(name.prefix(80)))
      default: marks.unknown.append("by what is no text")
      }
    }
    return marks
  }

  /// The integers of a tuple or list, or nil when there is something else, or more than a tensor has dimensions.
  func lengths(_ value: PickleValue) -> [Int]? {
    let elements: [PickleValue]
    switch value {
    case .tuple(let number), .list(let number): elements = tree.sequences[number]
    default: return nil
    }
    guard elements.count <= Self.mostDimensions else { return nil }
    let lengths = elements.compactMap { if case .int(let length) = $0 { length } else { nil } }
    return lengths.count == elements.count ? lengths : nil
  }

  /// Whether every element, the last being number start + Σ (lengthᵢ − 1)·strideᵢ, is one of those `available`.
  ///
  /// Zero and overlapping strides make many elements of few numbers, so that a small file could ask for any amount of
  /// memory; only up to a limit may there be more elements than numbers.
  private func isWithin(_ available: Int, start: Int, shape: [Int], strides: [Int]) -> Bool {
    guard start >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else { return false }
    var (count, last) = (1, start)
    for (length, stride) in zip(shape, strides) {
      let (product, countOverflow) = count.multipliedReportingOverflow(by: length)
      let (step, stepOverflow) = max(length - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(step)
      guard !countOverflow, !stepOverflow, !sumOverflow else { return false }
      (count, last) = (product, sum)
    }
    if count == 0 { return start <= available }
    return last < available && count <= max(available, Self.mostOverlapping)
  }

  private static let longestKey = 256
  /// As many as PyTorch's own loops take.
  private static let mostDimensions = 64
  /// The elements of a tensor that has more of them than its storage has numbers: 64 MiB in single precision.
  private static let mostOverlapping = 1 << 24
}
