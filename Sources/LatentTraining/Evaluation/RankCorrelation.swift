/// How well the order of one list tells the order of another.
public enum RankCorrelation {
  /// Spearman's ρ: the correlation of the ranks, where equal values share the mean of their ranks.
  ///
  /// ρ = Σ(rᵢ − r̄)(sᵢ − s̄) / √(Σ(rᵢ − r̄)² · Σ(sᵢ − s̄)²) for the ranks r and s.
  ///
  /// - Returns: −1 … 1, or nil where one of the lists is constant or holds a NaN.
  /// - Precondition: The lists are equally long.
  public static func spearman(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "Lists of \(a.count) and \(b.count) numbers have no rank correlation.")
    guard !a.contains(where: \.isNaN), !b.contains(where: \.isNaN) else { return nil }
    let (r, s) = (centeredRanks(a), centeredRanks(b))
    let (squaresOfR, squaresOfS) = (dot(r, r), dot(s, s))
    guard squaresOfR > 0, squaresOfS > 0 else { return nil }
    return dot(r, s) / (squaresOfR * squaresOfS).squareRoot()
  }

  /// The ranks less their mean, which ties do not change.
  private static func centeredRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for index in order[start..<end] { ranks[index] = Double(start + end - values.count) / 2 }
      start = end
    }
    return ranks
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
