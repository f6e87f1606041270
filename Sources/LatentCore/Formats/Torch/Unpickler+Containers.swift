/// The tree that instructions build: sequences, dictionaries, and objects, which are bags of what they are made of.
extension Unpickler {
  /// Adds a sequence to the tree and returns its number.
  mutating func sequence(_ elements: [PickleValue]) -> Int {
    tree.sequences.append(elements)
    return tree.sequences.count - 1
  }

  /// Adds a dictionary to the tree and returns its number.
  mutating func dictionary(_ elements: [(key: PickleValue, value: PickleValue)]) -> Int {
    tree.dictionaries.append(elements)
    return tree.dictionaries.count - 1
  }

  /// The arguments that a tuple holds.
  func arguments(_ value: PickleValue) throws(TensorFileError) -> [PickleValue] {
    guard case .tuple(let number) = value else { throw malformed("arguments are not a tuple") }
    return tree.sequences[number]
  }

  /// An object of the class `type`, made of `arguments`, of which those are kept in which tensors may lie.
  mutating func object(
    of type: PickleValue, _ arguments: [PickleValue]
  ) throws(TensorFileError) -> PickleValue {
    try charge(arguments.count)
    let kept = arguments.enumerated().filter { $0.element.mayHoldTensors }
    let object = dictionary(kept.map { (.int($0.offset), $0.element) })
    if case .global(.other(let name)) = type { tree.classes[object] = name }
    return .object(object)
  }

  /// APPEND, APPENDS, ADDITEMS: adds values to the list or the object on top of the stack.
  mutating func append(_ values: [PickleValue]) throws(TensorFileError) {
    switch try top() {
    case .list(let list): tree.sequences[list].append(contentsOf: values)
    case .object(let object):
      for value in values {
        tree.dictionaries[object].append((.int(tree.dictionaries[object].count), value))
      }
    default: break
    }
  }

  /// SETITEM, SETITEMS: adds keys, each with its value behind it, to what lies on top of the stack.
  mutating func setItems(_ values: [PickleValue]) throws(TensorFileError) {
    guard values.count.isMultiple(of: 2) else {
      throw malformed("what is set is not pairs of a key and a value")
    }
    switch try top() {
    case .dictionary(let dictionary), .object(let dictionary):
      for i in stride(from: 0, to: values.count, by: 2) {
        tree.dictionaries[dictionary].append((values[i], values[i + 1]))
      }
    default: break
    }
  }

  /// BUILD: gives what lies on top of the stack its state.
  ///
  /// An object's is a dictionary of its attributes, or (that or None, dictionary of slots). An OrderedDict has
  /// attributes, too, such as `_metadata`, in which no tensors lie.
  mutating func build(_ state: PickleValue) throws(TensorFileError) {
    switch try top() {
    case .arrayType(let number): build(arrayType: number, state)
    case .tensor(let number): try build(array: number, state)
    case .object(let object):
      let parts =
        if case .tuple(let number) = state { tree.sequences[number].prefix(2) } else { [state][...] }
      for case .dictionary(let attributes) in parts {
        // The attributes are shared until either is changed, which the memo allows.
        try charge(tree.dictionaries[attributes].count)
        tree.dictionaries[object] += tree.dictionaries[attributes]
      }
    default: break
    }
  }
}
