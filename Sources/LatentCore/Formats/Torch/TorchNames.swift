/// Finds the tensors of a tree and gives each the path of keys that leads to it.
///
/// The tree is a graph in truth: the memo lets a container lie in several others, and in itself. Each path gets a
/// name, so that a few bytes could ask for 2¹⁰⁰ of them; that is why depth, names and visits are limited.
struct TorchNames {
  /// The tensors, in the order of the file, by the tree's numbers.
  private(set) var found: [(name: String, tensor: Int)] = []

  private let tree: PickleTree
  private let limits: FileLimits
  private let file: String
  /// Where the pickle ends: what is wrong with the tree as a whole is told of that place.
  private let end: Int
  private var visits = 0
  private var nameBytes = 0

  /// A container or tensor still to be visited; `depth` counts the containers around it.
  private typealias Place = (value: PickleValue, name: String, depth: Int)

  init(
    in tree: PickleTree, from root: PickleValue, limits: FileLimits, file: String, end: Int
  ) throws(TensorFileError) {
    (self.tree, self.limits, self.file, self.end) = (tree, limits, file, end)
    var pending: [Place] = [(root, "", 0)]
    while let place = pending.popLast() {
      if case .tensor(let tensor) = place.value {
        found.append((place.name, tensor))
        try check(found.count <= limits.tensors, "tensors", limits.tensors)
      } else {
        try check(place.depth < limits.nestingDepth, "nested containers", limits.nestingDepth)
        pending.append(contentsOf: try elements(of: place).reversed())
      }
    }
  }

  private mutating func elements(of place: Place) throws(TensorFileError) -> [Place] {
    var places: [Place] = []
    switch place.value {
    case .tuple(let number), .list(let number):
      try visit(tree.sequences[number].count)
      for (index, element) in tree.sequences[number].enumerated() where element.mayHoldTensors {
        places.append((element, try name("\(index)", in: place), place.depth + 1))
      }
    case .dictionary(let number): try add(number, of: place, isObject: false, to: &places)
    case .object(let number): try add(number, of: place, isObject: true, to: &places)
    default: break
    }
    return places
  }

  private mutating func add(
    _ dictionary: Int, of place: Place, isObject: Bool, to places: inout [Place]
  ) throws(TensorFileError) {
    try visit(tree.dictionaries[dictionary].count)
    var keys: Set<String> = []
    for (index, (key, element)) in tree.dictionaries[dictionary].enumerated() {
      guard let key = text(of: key) ?? (element.mayHoldTensors ? "#\(index)" : nil) else { continue }
      // Each visit looks at all of a key.
      try visit(key.utf8.count / 64)
      // Python would let the last one win; a file with two of them was made to be read in two ways.
      // An object may well have the same element as an attribute, too.
      guard keys.insert(key).inserted else {
        if isObject { continue }
        throw .nameRepeated(file: file, offset: end, got: key)
      }
      if element.mayHoldTensors {
        places.append((element, try name(key, in: place), place.depth + 1))
      }
    }
  }

  /// What a key is called; a value that is none of these has no name of its own, and what lies under it is called by
  /// its place in the dictionary.
  private func text(of key: PickleValue) -> String? {
    switch key {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .string(let text): text
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    default: nil
    }
  }

  private mutating func name(_ key: String, in place: Place) throws(TensorFileError) -> String {
    nameBytes += place.name.utf8.count + key.utf8.count + 1
    try check(nameBytes <= limits.nameBytes, "bytes of names", limits.nameBytes)
    return place.depth == 0 ? key : place.name + "." + key
  }

  private mutating func visit(_ count: Int) throws(TensorFileError) {
    visits += count
    try check(visits <= limits.values, "paths to values", limits.values)
  }

  private func check(_ isWithin: Bool, _ limit: String, _ expected: Int) throws(TensorFileError) {
    guard isWithin else {
      throw .limitExceeded(file: file, offset: end, limit: limit, expected: expected)
    }
  }
}
