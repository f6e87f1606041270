extension Collection<Double> {
  /// The sum divided by the count; NaN of nothing.
  var mean: Double { reduce(0, +) / Double(count) }

  /// The number below which a share of the numbers lies, interpolated between the two next to it; NaN of nothing.
  ///
  /// - Precondition: The share is in 0 … 1, and no number is NaN.
  package func quantile(_ share: Double) -> Double {
    precondition((0...1).contains(share), "A share is in 0 … 1, not \(share).")
    let sorted = sorted()
    if sorted.isEmpty { return .nan }
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let part = place - Double(below)
    return part == 0 ? sorted[below] : (1 - part) * sorted[below] + part * sorted[below + 1]
  }

  /// The middle number.
  package var median: Double { quantile(0.5) }
}
