extension Tensor {
  /// The place and value of the first element that is infinite or not a number, `[3, 0] is nan`; nil where all are finite.
  package var firstNonFinite: String? {
    withElements { elements in
      // An exponent of ones makes the largest bit patterns, and a maximum takes several elements at a time: it costs
      // less than reading the tensor from its file did.
      let largest = elements.reduce(UInt32(0)) { max($0, $1.bitPattern & 0x7FFF_FFFF) }
      guard largest >= Float.infinity.bitPattern, let index = elements.firstIndex(where: { !$0.isFinite })
      else { return nil }
      var rest = index
      let indices = shape.reversed().map { length in
        defer { rest /= length }
        return rest % length
      }
      return "\(Array(indices.reversed())) is \(elements[index])"
    }
  }
}

extension Parameters {
  /// Of each tensor with elements that are infinite or no numbers the first of them, `encoder.input.weight[3, 0] is nan`.
  package var nonFinite: [String] {
    paths.compactMap { path in self[path]?.firstNonFinite.map { path + $0 } }
  }
}

extension [String] {
  /// The first three, and how many there are besides.
  package var firstFew: String {
    prefix(3).joined(separator: "; ") + (count > 3 ? "; and \(count - 3) more" : "")
  }
}
