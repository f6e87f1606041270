/// A class or function that a pickle may name: those that tensors need, and no other.
///
/// None is ever called. Each stands for what ``Unpickler`` does in its place, and whatever is not listed here ends the
/// reading.
enum PickleGlobal {
  case rebuildTensor
  case orderedDictionary
  /// A function whose result is its first argument, as far as tensors are concerned.
  case wrapper
  case device
  case storage(NumberType)
  case dataType
  case scriptClass

  /// The global called `name` in the file's own words, or nil when it is refused.
  ///
  /// - Parameters:
  ///   - name: The module and the name, joined by a dot.
  ///   - allowsScriptClasses: Whether the classes that a TorchScript archive defines itself are taken for bags of
  ///     attributes.
  init?(_ name: String, allowsScriptClasses: Bool) {
    if let known = Self.known[name] {
      self = known
    } else if allowsScriptClasses, name.hasPrefix("__torch__.") {
      self = .scriptClass
    } else {
      return nil
    }
  }

  private static let known: [String: PickleGlobal] = {
    var known: [String: PickleGlobal] = [
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_parameter": .wrapper,
      "collections.OrderedDict": .orderedDictionary,
      "torch.Size": .wrapper,
      "torch.device": .device,
      "torch.jit._pickle.build_boollist": .wrapper,
      "torch.jit._pickle.build_doublelist": .wrapper,
      "torch.jit._pickle.build_intlist": .wrapper,
      "torch.jit._pickle.build_tensorlist": .wrapper,
      "torch.jit._pickle.restore_type_tag": .wrapper,
    ]
    for (name, storage, type) in types {
      known["torch.\(storage)Storage"] = .storage(type)
      known["torch.\(name)"] = .dataType
    }
    return known
  }()

  private static let types: [(name: String, storage: String, type: NumberType)] = [
    ("float64", "Double", .float64), ("float32", "Float", .float32), ("float16", "Half", .float16),
    ("bfloat16", "BFloat16", .bfloat16), ("int64", "Long", .int64), ("int32", "Int", .int32),
    ("int16", "Short", .int16), ("int8", "Char", .int8), ("uint8", "Byte", .uint8), ("bool", "Bool", .bool),
  ]
}
