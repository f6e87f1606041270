extension TensorFile {
  /// What stands before the first of the names where a checkpoint holds a network below keys: `state_dict.encoder.` of
  /// `state_dict.encoder.input_layer.0.weight`; nothing where none of them is there.
  package func prefix(beforeOneOf endings: [String]) -> String {
    for ending in endings {
      if let name = names.first(where: { $0 == ending || $0.hasSuffix("." + ending) }) {
        return String(name.dropLast(ending.count))
      }
    }
    return ""
  }
}
