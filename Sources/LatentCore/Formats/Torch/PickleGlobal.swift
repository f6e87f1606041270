/// What a class or function that a pickle names stands for, as far as tensors are concerned.
///
/// None is ever looked up or called. Each stands for what ``Unpickler`` does in its place; all that tensors do not need
/// is ``other(_:)``. What only an attack names is told from that, since a file that would run a command elsewhere is
/// worth a word.
enum PickleGlobal {
  /// Makes a tensor of a storage; the type of the numbers is the storage's, or one that is told where the storage is
  /// of bytes.
  case rebuildTensor
  /// Makes a tensor that is not read, such as a sparse or a quantized one.
  case rebuildForeignTensor(String)
  /// Calls the function that is its first argument with its third, and gives the result attributes.
  case rebuildFromType
  case orderedDictionary
  /// A function whose result is its first argument, as far as tensors are concerned.
  case wrapper
  case storage(StoredType)
  case dataType(StoredType)
  /// NumPy's array, still empty.
  case array
  /// NumPy's array of bytes, type and shape.
  case arrayOfBytes
  case arrayType
  /// One of NumPy's numbers, which is an array without dimensions.
  case scalar
  /// Makes bytes of a text whose characters are their numbers, which is how protocol 2 writes bytes.
  case encode
  /// Anything else: what is made of it is looked through for tensors, and is opaque otherwise.
  case other(Name)

  /// What a file calls something, and where.
  struct Name {
    let text: String
    let offset: Int
  }

  /// Classifies what is called `name` in the file's own words at `offset`; nil for what only an attack needs.
  init?(_ module: String, _ function: String, at offset: Int) {
    let name = module + "." + function
    if Self.refusedModules.contains(module) || Self.refusedFunctions.contains(name) { return nil }
    if let known = Self.known[name] {
      self = known
    } else if name.hasPrefix("torch._utils._rebuild_") {
      self = .rebuildForeignTensor(name)
    } else if name.hasPrefix("torch."), name.hasSuffix("Storage") {
      self = .storage(StoredType(name: name, width: nil, numbers: nil))
    } else if Self.typePrefixes.contains(where: { name.hasPrefix("torch." + $0) }) {
      self = .dataType(StoredType(name: name, width: nil, numbers: nil))
    } else {
      self = .other(Name(text: name, offset: offset))
    }
  }

  /// How the names of PyTorch's types of numbers begin.
  private static let typePrefixes = ["float", "bfloat", "int", "uint", "complex", "quint", "qint", "bits"]

  private static let refusedModules: Set<String> = [
    "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "runpy", "importlib", "pty", "ctypes",
    "commands", "webbrowser",
  ]
  private static let refusedFunctions: Set<String> = Set(
    ["builtins", "__builtin__"].flatMap { module in
      ["eval", "exec", "execfile", "compile", "open", "__import__"].map { module + "." + $0 }
    })

  private static let known: [String: PickleGlobal] = {
    var known: [String: PickleGlobal] = [
      "torch._utils._rebuild_tensor": .rebuildTensor,
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_tensor_v3": .rebuildTensor,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch._utils._rebuild_parameter": .wrapper,
      "torch._utils._rebuild_parameter_with_state": .wrapper,
      "torch.nn.parameter.Parameter": .wrapper,
      "torch.nn.parameter.Buffer": .wrapper,
      "collections.OrderedDict": .orderedDictionary,
      "torch.Size": .wrapper,
      "torch.jit._pickle.build_boollist": .wrapper,
      "torch.jit._pickle.build_doublelist": .wrapper,
      "torch.jit._pickle.build_intlist": .wrapper,
      "torch.jit._pickle.build_tensorlist": .wrapper,
      "torch.jit._pickle.restore_type_tag": .wrapper,
      "numpy.dtype": .arrayType,
      "_codecs.encode": .encode,
    ]
    // NumPy 2 moved its core.
    for core in ["numpy.core", "numpy._core"] {
      known["\(core).multiarray._reconstruct"] = .array
      known["\(core).multiarray.scalar"] = .scalar
      known["\(core).numeric._frombuffer"] = .arrayOfBytes
    }
    for (name, storage, width, numbers) in types {
      if let storage {
        let name = "torch.\(storage)Storage"
        known[name] = .storage(StoredType(name: name, width: width, numbers: numbers))
      }
      known["torch.\(name)"] = .dataType(StoredType(name: name, width: width, numbers: numbers))
    }
    known["torch.storage.UntypedStorage"] = .storage(.untyped)
    known["torch.UntypedStorage"] = .storage(.untyped)
    return known
  }()

  private static let types: [(name: String, storage: String?, width: Int, numbers: NumberType?)] = [
    ("float64", "Double", 8, .float64), ("float32", "Float", 4, .float32), ("float16", "Half", 2, .float16),
    ("bfloat16", "BFloat16", 2, .bfloat16), ("int64", "Long", 8, .int64), ("int32", "Int", 4, .int32),
    ("int16", "Short", 2, .int16), ("int8", "Char", 1, .int8), ("uint8", "Byte", 1, .uint8),
    ("bool", "Bool", 1, .bool), ("uint64", nil, 8, .uint64), ("uint32", nil, 4, .uint32),
    ("uint16", nil, 2, .uint16), ("complex32", "ComplexHalf", 4, nil), ("complex64", "ComplexFloat", 8, nil),
    ("complex128", "ComplexDouble", 16, nil), ("qint8", "QInt8", 1, nil), ("quint8", "QUInt8", 1, nil),
    ("qint32", "QInt32", 4, nil), ("quint4x2", "QUInt4x2", 1, nil), ("quint2x4", "QUInt2x4", 1, nil),
  ]
}

/// A type of numbers as a file names it, among them those that are not read.
struct StoredType: Equatable {
  let name: String
  /// The size of one number in bytes, where it is known.
  let width: Int?
  /// What is read, or nil.
  let numbers: NumberType?

  /// Bytes, whose type each tensor tells.
  static let untyped = StoredType(name: "torch.storage.UntypedStorage", width: 1, numbers: nil)
}
