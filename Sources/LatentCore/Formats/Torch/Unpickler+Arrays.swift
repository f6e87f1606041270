/// NumPy's arrays in pickles.
///
/// An array is made empty by `_reconstruct` and gets (version, shape, type, whether in Fortran's order, bytes) as its
/// state, or is made at once of bytes, type, shape and order; its type is made of a name and gets its byte order as its
/// state.
///
/// Source: NumPy's `array_reduce` and `arraydescr_reduce`.
extension Unpickler {
  /// The type that `numpy.dtype` makes of its arguments.
  mutating func arrayType(_ arguments: [PickleValue]) -> PickleValue {
    guard case .string(let name)? = arguments.first else { return .opaque }
    tree.arrayTypes.append(PickleTree.ArrayType(name: name))
    return .arrayType(tree.arrayTypes.count - 1)
  }

  /// Gives a type its byte order, the second element of its state.
  mutating func build(arrayType number: Int, _ state: PickleValue) {
    guard case .tuple(let tuple) = state, tree.sequences[tuple].count > 1,
      case .string(let order) = tree.sequences[tuple][1]
    else { return }
    tree.arrayTypes[number].isBigEndian = order == ">"
  }

  /// The array of (bytes, type, shape, order).
  mutating func arrayOfBytes(_ arguments: [PickleValue]) throws(TensorFileError) -> PickleValue {
    guard arguments.count == 4, case .string(let order) = arguments[3] else {
      throw malformed("an array is not made of bytes, a type, a shape and an order")
    }
    tree.tensors.append(
      try array(shape: arguments[2], type: arguments[1], isFortranOrder: order == "F", arguments[0]))
    return .tensor(tree.tensors.count - 1)
  }

  /// The number of (type, bytes).
  mutating func scalar(_ arguments: [PickleValue]) throws(TensorFileError) -> PickleValue {
    guard arguments.count == 2 else { return .opaque }
    tree.tensors.append(
      try array(
        shape: .tuple(sequence([])), type: arguments[0], isFortranOrder: false, arguments[1]))
    return .tensor(tree.tensors.count - 1)
  }

  /// Gives an array its numbers.
  mutating func build(array number: Int, _ state: PickleValue) throws(TensorFileError) {
    guard case .unfinished = tree.tensors[number], case .tuple(let tuple) = state,
      tree.sequences[tuple].count == 5, case .bool(let isFortranOrder) = tree.sequences[tuple][3]
    else { return }
    let parts = tree.sequences[tuple]
    tree.tensors[number] = try array(
      shape: parts[1], type: parts[2], isFortranOrder: isFortranOrder, parts[4])
  }

  private mutating func array(
    shape: PickleValue, type: PickleValue, isFortranOrder: Bool, _ numbers: PickleValue
  ) throws(TensorFileError) -> PickleTree.Tensor {
    guard let shape = lengths(shape), NumberType.size(of: shape, width: 1) != nil else {
      throw malformed("the shape of an array is not a tuple of lengths")
    }
    try charge(shape.count)
    guard case .arrayType(let typeNumber) = type, let bytes = try bytes(of: numbers),
      let stored = NumPyHeader.types[tree.arrayTypes[typeNumber].name[...]]
    else {
      let name = if case .arrayType(let number) = type { tree.arrayTypes[number].name } else { "an object" }
      return .refused(shape: shape, type: name, offset: offset)
    }
    guard NumberType.size(of: shape, width: stored.width) == bytes.count else {
      throw malformed("an array of the shape \(shape) and \(stored.width) bytes a number has \(bytes.count)")
    }
    let numbers = StridedNumbers(
      type: stored, isBigEndian: tree.arrayTypes[typeNumber].isBigEndian,
      shape: isFortranOrder ? shape.reversed() : shape, storage: 0..<bytes.count)
    return .array(bytes, isFortranOrder ? numbers.transposed : numbers)
  }

  // MARK: - Bytes

  /// The bytes of a value; Python 2 has no other kind of text.
  private mutating func bytes(of value: PickleValue) throws(TensorFileError) -> [UInt8]? {
    switch value {
    case .bytes(let number): return tree.byteStrings[number]
    case .string(let text):
      try chargeCopy(text.utf8.count)
      return Array(text.utf8)
    default: return nil
    }
  }

  /// Adds a string of bytes to the tree.
  mutating func byteString(_ bytes: some Sequence<UInt8>) -> PickleValue {
    tree.byteStrings.append(Array(bytes))
    return .bytes(tree.byteStrings.count - 1)
  }

  /// The bytes that `_codecs.encode` makes of a text, each character of which is below 256.
  mutating func encoded(_ arguments: [PickleValue]) throws(TensorFileError) -> PickleValue {
    guard case .string(let text)? = arguments.first else { return .opaque }
    try chargeCopy(text.utf8.count)
    let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
    return bytes.count == text.unicodeScalars.count ? byteString(bytes) : .opaque
  }

  /// Counts what is copied of a text against the limit of values, since the memo can bring the same again and again.
  private mutating func chargeCopy(_ count: Int) throws(TensorFileError) {
    try charge(count / Self.bytesOfValue)
  }

  /// How many copied bytes count as a value.
  private static let bytesOfValue = 16
}
