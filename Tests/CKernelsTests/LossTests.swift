import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct LossTests {
  static let counts =
    [1, 7, 17, 1000, 100_000]
    + randomShapes(12) { $0.size(upTo: 140_000, near: [16, 32_768, 65_536, 98_304]) }

  // mean(log(1 + eˣ) − t·x) and (sigmoid(x) − t)/count, computed in double and rounded once.
  @Test(arguments: counts) func crossEntropyMatchesReference(count: Int) {
    let x = randomFloats(count: count, seed: 1).map { 4 * $0 }
    let target = randomFloats(count: count, seed: 2).map { min(max($0, 0), 1) }
    var expected = [Double](repeating: .nan, count: count)
    let value = ck_reference_binary_cross_entropy(count, doubles(x), doubles(target), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var dx = [Float](repeating: .nan, count: count)
      return (value: ck_binary_cross_entropy(count, x, target, &dx, threads), dx: dx)
    }
    #expect(abs(results[0].value - value) <= 1e-12 * value)
    #expect(worstError(results[0].dx, expected, scale: 1 / Double(count)) <= Double(Float.ulpOfOne))
    #expect(results.allSatisfy { $0.value == results[0].value })
    #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(results[0].dx) })
    #expect(ck_binary_cross_entropy(count, x, target, nil, 2) == results[0].value)
  }

  // At a logit of ±100 the loss is 0 when right and 100 when wrong, to e⁻¹⁰⁰; the gradient is 0 or ±1.
  @Test func crossEntropyStaysFinite() {
    let cases: [(x: Float, target: Float, loss: Double, gradient: Float)] = [
      (100, 1, 0, 0), (100, 0, 100, 1), (-100, 0, 0, 0), (-100, 1, 100, -1),
    ]
    for (x, target, loss, gradient) in cases {
      var dx: [Float] = [.nan]
      #expect(abs(ck_binary_cross_entropy(1, [x], [target], &dx, 1) - loss) <= 1e-40)
      #expect(abs(dx[0] - gradient) <= 1e-37)
    }
  }

  // mean((a − b)²) and 2(a − b)/count: one rounding of a − b, one or two more of the product.
  @Test(arguments: counts) func squaredErrorMatchesReference(count: Int) {
    let (a, b) = (randomFloats(count: count, seed: 3), randomFloats(count: count, seed: 4))
    var expected = [Double](repeating: .nan, count: count)
    let value = ck_reference_mean_squared_error(count, doubles(a), doubles(b), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var da = [Float](repeating: .nan, count: count)
      return (value: ck_mean_squared_error(count, a, b, &da, threads), da: da)
    }
    #expect(abs(results[0].value - value) <= 2 * Double(Float.ulpOfOne) * value)
    #expect(worstError(results[0].da, expected, scale: 1 / Double(count)) <= roundingTolerance(terms: 1))
    #expect(results.allSatisfy { $0.value == results[0].value })
    #expect(results.allSatisfy { bitPatterns($0.da) == bitPatterns(results[0].da) })
    #expect(ck_mean_squared_error(count, a, b, nil, 2) == results[0].value)
  }

  // The twins' gradients are the derivatives of their values.
  @Test func referencesAreDerivatives() {
    let (x, other) = (randomDoubles(count: 17, seed: 5), randomDoubles(count: 17, seed: 6))
    for loss in [ck_reference_binary_cross_entropy, ck_reference_mean_squared_error] {
      var dx = [Double](repeating: .nan, count: 17)
      _ = loss(17, x, other, &dx)
      let numeric = centralDifferences(at: x) { loss(17, $0, other, nil) }
      #expect(worstError(dx, numeric, scale: largest(dx)) <= 1e-6)
    }
  }
}
