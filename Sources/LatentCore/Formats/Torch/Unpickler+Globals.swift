/// What stands in the place of the calls that a pickle asks for.
extension Unpickler {
  /// REDUCE: the value that calling `function` would have.
  mutating func result(
    of function: PickleValue, arguments: PickleValue
  ) throws(TensorFileError) -> PickleValue {
    guard case .global(let global) = function, case .tuple(let number) = arguments else {
      throw malformed("something is called that is not a function, or without a tuple of arguments")
    }
    let arguments = tree.sequences[number]
    switch global {
    case .rebuildTensor: return try tensor(arguments)
    case .orderedDictionary: return .dictionary(dictionary(try pairs(arguments)))
    case .wrapper:
      guard let value = arguments.first else { throw malformed("a function lacks its argument") }
      return value
    case .device: return .opaque
    case .storage, .dataType, .scriptClass: throw malformed("a class or type is called as a function")
    }
  }

  /// NEWOBJ: an object of a TorchScript class, which is a bag of attributes.
  mutating func object(
    of type: PickleValue, arguments: PickleValue
  ) throws(TensorFileError) -> PickleValue {
    guard case .global(.scriptClass) = type, case .tuple(let number) = arguments,
      tree.sequences[number].isEmpty
    else { throw malformed("an object is made of what is not a TorchScript class without arguments") }
    return .object(dictionary([]))
  }

  /// BINPERSID: the storage, or the part of it, that an identifier stands for.
  ///
  /// The identifier is ("storage", class, key, device, count), and in the legacy format a sixth element, which is None
  /// or (key of the view, start, count).
  mutating func storage(_ identifier: PickleValue) throws(TensorFileError) -> PickleTree.StorageView {
    guard case .tuple(let number) = identifier else { throw malformed("a storage's identifier is no tuple") }
    let parts = tree.sequences[number]
    guard (5...6).contains(parts.count), case .string("storage") = parts[0],
      case .global(.storage(let type)) = parts[1], case .string(let key) = parts[2],
      case .int(let count) = parts[4], count >= 0
    else { throw malformed("a storage's identifier is not its class, key, device and count") }
    // A key is looked up each time that it comes, so that a long one would cost more than the bytes that ask for it.
    guard key.utf8.count <= Self.longestKey else {
      throw malformed("a storage's key has \(key.utf8.count) bytes, more than \(Self.longestKey)")
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: type.width)
    guard !overflow else { throw malformed("a storage of \(count) numbers is beyond all sizes") }
    guard let storage = tree.add(PickleTree.Storage(key: key, type: type, count: count, size: size)) else {
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
    if arguments.isEmpty { return [] }
    guard arguments.count == 1, case .list(let list) = arguments[0] else {
      throw malformed("an ordered dictionary is not made of a list")
    }
    // The memo can bring the same list again and again.
    try charge(tree.sequences[list].count)
    var pairs: [(key: PickleValue, value: PickleValue)] = []
    for element in tree.sequences[list] {
      guard case .list(let pair) = element, tree.sequences[pair].count == 2 else {
        throw malformed("an ordered dictionary is not made of pairs")
      }
      pairs.append((tree.sequences[pair][0], tree.sequences[pair][1]))
    }
    return pairs
  }

  // MARK: - Tensors

  /// The tensor of (storage, start, shape, strides, requires_grad, hooks), and perhaps a dictionary of flags.
  private mutating func tensor(_ arguments: [PickleValue]) throws(TensorFileError) -> PickleValue {
    guard (6...7).contains(arguments.count), case .storage(let storage) = arguments[0],
      case .int(let start) = arguments[1], let shape = lengths(arguments[2]),
      let strides = lengths(arguments[3]), shape.count == strides.count
    else { throw malformed("a tensor is not made of a storage, a start, a shape and as many strides") }
    guard isWithin(storage, start: start, shape: shape, strides: strides) else {
      throw .tensorOutsideStorage(
        file: reader.file, offset: offset, expected: storage.count, start: start, shape: shape,
        strides: strides)
    }
    // The memo can bring the same shape again and again.
    try charge(shape.count + strides.count)
    tree.tensors.append(
      PickleTree.TensorView(
        storage: storage.storage, start: storage.start + start, shape: shape, strides: strides))
    return .tensor(tree.tensors.count - 1)
  }

  /// The integers of a tuple or list, or nil when there is something else, or more than a tensor has dimensions.
  private func lengths(_ value: PickleValue) -> [Int]? {
    let elements: [PickleValue]
    switch value {
    case .tuple(let number), .list(let number): elements = tree.sequences[number]
    default: return nil
    }
    guard elements.count <= Self.mostDimensions else { return nil }
    let lengths = elements.compactMap { if case .int(let length) = $0 { length } else { nil } }
    return lengths.count == elements.count ? lengths : nil
  }

  /// Whether every element, the last being number start + Σ (lengthᵢ − 1)·strideᵢ, is one of the storage's.
  ///
  /// Zero and overlapping strides make many elements of few numbers, so that a small file could ask for any amount of
  /// memory; only up to a limit may there be more elements than numbers.
  private func isWithin(
    _ storage: PickleTree.StorageView, start: Int, shape: [Int], strides: [Int]
  ) -> Bool {
    guard start >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else { return false }
    var (count, last) = (1, start)
    for (length, stride) in zip(shape, strides) {
      let (product, countOverflow) = count.multipliedReportingOverflow(by: length)
      let (step, stepOverflow) = max(length - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(step)
      guard !countOverflow, !stepOverflow, !sumOverflow else { return false }
      (count, last) = (product, sum)
    }
    if count == 0 { return start <= storage.count }
    return last < storage.count && count <= max(storage.count, Self.mostOverlapping)
  }

  private static let longestKey = 256
  /// As many as PyTorch's own loops take.
  private static let mostDimensions = 64
  /// The elements of a tensor that has more of them than its storage has numbers: 64 MiB in single precision.
  private static let mostOverlapping = 1 << 24
}
