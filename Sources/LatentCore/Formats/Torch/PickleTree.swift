/// A value of a pickle, which is only looked at.
///
/// Containers are numbers of a ``PickleTree``'s nodes. Were they to hold their elements themselves, a file could nest
/// them so deep that freeing them overflows the call stack, and a container could not hold itself.
enum PickleValue {
  /// Python's None.
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// The number of a string of bytes.
  case bytes(Int)
  case global(PickleGlobal)
  case storage(PickleTree.StorageView)
  /// The number of a tensor.
  case tensor(Int)
  /// The number of a type of NumPy's arrays.
  case arrayType(Int)
  /// The number of a sequence.
  case tuple(Int)
  /// The number of a sequence.
  case list(Int)
  /// The number of a dictionary.
  case dictionary(Int)
  /// What a class or function makes that is not known: the number of a dictionary of what it is made of, its elements
  /// and its attributes.
  case object(Int)
  /// Something that says nothing about tensors: an integer of more than 64 bits.
  case opaque

  /// Whether a tensor may be found in it.
  var mayHoldTensors: Bool {
    switch self {
    case .tensor, .tuple, .list, .dictionary, .object: true
    case .none, .bool, .int, .float, .string, .bytes, .global, .storage, .arrayType, .opaque: false
    }
  }
}

/// What the values of a pickle refer to.
struct PickleTree {
  /// A storage as the pickle declares it: numbers of one type, which tensors share.
  struct Storage {
    let key: String
    let type: StoredType
    /// How many numbers it has.
    let count: Int
    /// The size in bytes, where the type is known.
    let size: Int?
  }

  /// A part of a storage, in numbers.
  struct StorageView {
    let storage: Int
    let start: Int
    let count: Int
  }

  /// A tensor as the pickle declares it.
  enum Tensor {
    /// Numbers in a storage, checked to lie within it; their place is counted from its beginning.
    case view(storage: Int, StridedNumbers)
    /// NumPy's array, with its numbers.
    case array([UInt8], StridedNumbers)
    /// Numbers that are not read, and where the file asks for them.
    case refused(shape: [Int], type: String, offset: Int)
    /// NumPy's array before it gets its numbers.
    case unfinished
  }

  /// What NumPy calls a type of numbers, without their byte order.
  struct ArrayType {
    let name: String
    var isBigEndian = false
  }

  /// The elements of tuples and lists.
  var sequences: [[PickleValue]] = []
  /// The elements of dictionaries, in the order of the file.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  /// The tensors, in the order of the file.
  var tensors: [Tensor] = []
  var arrayTypes: [ArrayType] = []
  var byteStrings: [[UInt8]] = []
  /// What objects are made of, by the numbers of their dictionaries.
  var classes: [Int: PickleGlobal.Name] = [:]
  private(set) var storages: [Storage] = []
  private var storageNumbers: [String: Int] = [:]

  /// The number of the storage that `key` stands for.
  func storage(_ key: String) -> Int? { storageNumbers[key] }

  /// Adds a storage, unless it is there, and returns its number; nil when it is there as another.
  mutating func add(_ storage: Storage) -> Int? {
    if let number = storageNumbers[storage.key] {
      let known = storages[number]
      return known.type == storage.type && known.count == storage.count ? number : nil
    }
    storageNumbers[storage.key] = storages.count
    storages.append(storage)
    return storages.count - 1
  }
}
