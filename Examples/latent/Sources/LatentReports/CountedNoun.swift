extension String.StringInterpolation {
  /// Puts in a number with its noun, which takes an s unless the number is 1: `\(count, "tensor")`.
  package mutating func appendInterpolation(_ count: Int, _ noun: String) {
    appendLiteral(count == 1 ? "1 \(noun)" : "\(count) \(noun)s")
  }
}
