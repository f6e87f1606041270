import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Principal components against their definition in double.
struct PrincipalComponentsTests {
  /// Random rows about a mean far from zero, some columns wider than others.
  private static func rows(_ n: Int, _ d: Int, seed: UInt64) -> Tensor {
    let values = randomFloats(count: n * d, seed: seed)
    let means = randomFloats(count: d, seed: 77)
    return Tensor(
      shape: [n, d],
      elements: (0..<n * d).map { 5 * means[$0 % d] + (1 + Float($0 % d % 4)) * values[$0] })
  }

  private static func doubles(_ rows: Tensor) -> [[Double]] {
    (0..<rows.shape[0]).map { rows.row($0).map(Double.init) }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func centered(_ rows: [[Double]]) -> [[Double]] {
    let mean = rows[0].indices.map { index in rows.reduce(0) { $0 + $1[index] } / Double(rows.count) }
    return rows.map { row in zip(row, mean).map { $0 - $1 } }
  }

  // Components are orthonormal, C·v = λ·v with the covariance C = XᵀX/(n − 1), λ descends and is all of the
  // variance when all components are asked for. The rounding of products of K terms enters C relative to λ₁, and
  // the components of a wide matrix by √(λ₁/λ) of that, below 8 here.
  @Test(arguments: [(40, 15, 15), (15, 40, 14), (30, 30, 8), (2, 9, 1), (300, 6, 6), (25, 700, 24)])
  func componentsAreThoseOfTheCovariance(n: Int, d: Int, count: Int) {
    let rows = Self.rows(n, d, seed: 1)
    let result = PrincipalComponents(of: rows, count: count, threads: 2)
    let centered = Self.centered(Self.doubles(rows))
    let total = centered.reduce(0) { $0 + Self.dot($1, $1) } / Double(n - 1)
    let tolerance = 8 * roundingTolerance(terms: max(n, d))
    let components = Self.doubles(result.components)
    #expect(components.count == count && result.variances.count == count)
    #expect(result.variances == result.variances.sorted(by: >))
    for (index, component) in components.enumerated() {
      for (other, vector) in components.enumerated() {
        #expect(abs(Self.dot(component, vector) - (index == other ? 1 : 0)) <= tolerance)
      }
      var image = [Double](repeating: 0, count: d)
      for row in centered {
        let product = Self.dot(row, component) / Double(n - 1)
        for place in 0..<d { image[place] += product * row[place] }
      }
      let expected = component.map { $0 * result.variances[index] }
      #expect(worstError(image, expected, scale: result.variances[0]) <= tolerance)
    }
    if count == min(n - 1, d) {
      #expect(abs(result.variances.reduce(0, +) / total - 1) <= tolerance)
    }
  }

  // Components whose variances span 10⁻⁵ are as orthonormal as close ones: an inner product of unit rows is rounded by
  // some ε, where the noise of the rows' products would leave it 10⁻⁷·√(λ₁/λ).
  @Test func componentsOfSmallVarianceAreOrthonormal() {
    let (n, d, count) = (24, 90, 12)
    let factors = randomFloats(count: n * count, seed: 9).enumerated().map { index, value in
      value * Float(1 << (index % count)) / 1024
    }
    let rows = Kernels.matrixProduct(
      Tensor(shape: [n, count], elements: factors),
      Tensor(shape: [count, d], elements: randomFloats(count: count * d, seed: 10)), threads: 1)
    let result = PrincipalComponents(of: rows, count: count, threads: 1)
    let components = Self.doubles(result.components)
    #expect(components.count >= 8 && result.variances[components.count - 1] < 1e-4 * result.variances[0])
    for (index, component) in components.enumerated() {
      for (other, vector) in components.enumerated() {
        #expect(abs(Self.dot(component, vector) - (index == other ? 1 : 0)) <= roundingTolerance(terms: 1))
      }
    }
  }

  // What the projection loses is the variance of the components left out, Σ‖x − x̂‖²/(n − 1) = Σ_all λ − Σ_kept λ,
  // and the coordinates are ⟨c, x − mean⟩ with the variance λ.
  @Test(arguments: [(60, 20), (20, 60)]) func projectionLosesTheOtherVariances(n: Int, d: Int) {
    let rows = Self.rows(n, d, seed: 2)
    let result = PrincipalComponents(of: rows, count: 5, threads: 1)
    let all = PrincipalComponents(of: rows, count: d, threads: 1).variances.reduce(0, +)
    let tolerance = 8 * roundingTolerance(terms: max(n, d))
    let (x, projected) = (Self.doubles(rows), Self.doubles(result.projected(rows, threads: 1)))
    let lost = zip(x, projected).reduce(0.0) { sum, pair in
      let rest = zip(pair.0, pair.1).map { $0 - $1 }
      return sum + Self.dot(rest, rest) / Double(n - 1)
    }
    let kept = result.variances.reduce(0, +)
    #expect(abs(lost - (all - kept)) <= tolerance * all)
    #expect(lost > 0.1 * all)
    #expect(abs(result.explainedVariance(of: rows, threads: 1) - kept / all) <= tolerance)
    let components = Self.doubles(result.components)
    let expected = Self.centered(x).flatMap { row in components.map { Self.dot($0, row) } }
    let coordinates = result.coordinates(of: rows, threads: 1)
    #expect(coordinates.shape == [n, 5])
    #expect(
      worstError(coordinates.elements, expected, scale: result.variances[0].squareRoot()) <= tolerance)
  }

  // Other rows are centered by the mean of those the components are of: 1 − Σ‖x − x̂‖²/Σ‖x − mean‖².
  @Test func explainedVarianceOfOtherRows() {
    let result = PrincipalComponents(of: Self.rows(30, 50, seed: 3), count: 12, threads: 1)
    let other = Self.rows(21, 50, seed: 4)
    let (x, projected) = (Self.doubles(other), Self.doubles(result.projected(other, threads: 1)))
    let mean = result.mean.elements.map(Double.init)
    var (lost, total) = (0.0, 0.0)
    for (row, projection) in zip(x, projected) {
      let (rest, whole) = (zip(row, projection).map { $0 - $1 }, zip(row, mean).map { $0 - $1 })
      lost += Self.dot(rest, rest)
      total += Self.dot(whole, whole)
    }
    let share = result.explainedVariance(of: other, threads: 1)
    #expect(abs(share - (1 - lost / total)) <= 8 * roundingTolerance(terms: 50))
    #expect(share > 0 && share < 1)
  }

  // Columns of zeros more change no inner product of rows: the components are the same with zeros behind, up to
  // sign, but 20 columns take the covariance and 45 the rows' products. Each component's error is that of the
  // matrix over the gap to the next variance.
  @Test func bothWaysGiveTheSame() {
    let (n, narrow, wide, count) = (30, 20, 45, 6)
    let rows = Self.rows(n, narrow, seed: 5)
    let padded = Tensor(
      shape: [n, wide],
      elements: (0..<n).flatMap { rows.row($0) + [Float](repeating: 0, count: wide - narrow) })
    let byCovariance = PrincipalComponents(of: rows, count: count + 1, threads: 1)
    let byProducts = PrincipalComponents(of: padded, count: count + 1, threads: 1)
    let rounding = 8 * roundingTolerance(terms: n)
    for index in 0..<count {
      let variances = byCovariance.variances
      #expect(abs(byProducts.variances[index] / variances[index] - 1) <= rounding)
      let gap = min(
        variances[index] - variances[index + 1],
        index > 0 ? variances[index - 1] - variances[index] : .infinity)
      let (expected, got) = (byCovariance.components.row(index), byProducts.components.row(index))
      let sign = Self.dot(expected.map(Double.init), got.map(Double.init)) < 0 ? -1.0 : 1.0
      #expect(
        worstError(
          got, (expected + [Float](repeating: 0, count: wide - narrow)).map { sign * Double($0) }, scale: 1)
          <= rounding * variances[0] / gap)
    }
  }

  // Rows that are combinations of three have three components, whatever is asked for, and these tell everything.
  @Test(arguments: [(50, 80), (80, 50)]) func componentsOfRoundingAreLeftOut(n: Int, d: Int) {
    let rows = Kernels.matrixProduct(
      Tensor(shape: [n, 3], elements: randomFloats(count: n * 3, seed: 6)),
      Tensor(shape: [3, d], elements: randomFloats(count: 3 * d, seed: 7)), threads: 1)
    let result = PrincipalComponents(of: rows, count: 10, threads: 1)
    #expect(result.components.shape == [3, d])
    #expect(result.explainedVariance(of: rows, threads: 1) > 1 - roundingTolerance(terms: d))
  }

  // Eight rows again and again vary in seven dimensions; sums of nineteen thousand products leave more rounding than those
  // of a few.
  @Test func repeatedLongRowsHaveNoMoreComponentsThanTheyAre() {
    let (kinds, d) = (8, 19_200)
    let kept = randomFloats(count: kinds * d, seed: 9)
    let rows = Tensor(
      shape: [148, d], elements: (0..<148).flatMap { kept[$0 % kinds * d..<($0 % kinds + 1) * d] })
    let result = PrincipalComponents(of: rows, count: 40, threads: 2)
    #expect(result.components.shape == [kinds - 1, d])
    #expect(result.explainedVariance(of: rows, threads: 1) > 1 - roundingTolerance(terms: d))
  }

  @Test func equalRowsHaveNoComponents() {
    let row = randomFloats(count: 7, seed: 8)
    let rows = Tensor(shape: [3, 7], elements: row + row + row)
    let result = PrincipalComponents(of: rows, count: 2, threads: 1)
    #expect(result.components.shape == [0, 7] && result.variances.isEmpty)
    #expect(result.projected(rows, threads: 1) == rows)
    #expect(result.explainedVariance(of: rows, threads: 1) == 0)
  }
}
