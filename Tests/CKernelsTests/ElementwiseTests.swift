import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  static let counts =
    [1, 3, 5, 17, 64, 1000, 100_000]
    + randomShapes(12) { $0.size(upTo: 140_000, near: [16, 32_768, 65_536, 98_304]) }

  // out = α·a + β·b, in place of a or b too.
  @Test(arguments: counts) func linearCombinationMatchesReference(count: Int) {
    let (a, b) = (randomFloats(count: count, seed: 1), randomFloats(count: count, seed: 2))
    var expected = [Double](repeating: .nan, count: count)
    ck_reference_linear_combination(count, 0.75, doubles(a), -1.5, doubles(b), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var out = [Float](repeating: .nan, count: count)
      ck_linear_combination(count, 0.75, a, -1.5, b, &out, threads)
      return out
    }
    #expect(worstError(results[0], expected, scale: 1) <= roundingTolerance(terms: 2))
    #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    var (overA, overB) = (a, b)
    overA.withUnsafeMutableBufferPointer { values in
      ck_linear_combination(count, 0.75, values.baseAddress, -1.5, b, values.baseAddress, 2)
    }
    overB.withUnsafeMutableBufferPointer { values in
      ck_linear_combination(count, 0.75, a, -1.5, values.baseAddress, values.baseAddress, 2)
    }
    #expect(bitPatterns(overA) == bitPatterns(results[0]))
    #expect(bitPatterns(overB) == bitPatterns(results[0]))
  }

  // Σ a_i·b_i: products of floats are exact in double, so only the order of the sum differs.
  @Test(arguments: counts) func dotMatchesReference(count: Int) {
    let (a, b) = (randomFloats(count: count, seed: 3), randomFloats(count: count, seed: 4))
    let expected = ck_reference_dot(count, doubles(a), doubles(b))
    #expect(abs(ck_dot(count, a, b, 1) - expected) <= 1e-15 * Double(count))
    #expect(ck_dot(count, a, b, 2) == ck_dot(count, a, b, 1))
    #expect(ck_dot(count, a, b, 3) == ck_dot(count, a, b, 1))
    #expect(abs(expected - innerProduct(doubles(a), doubles(b))) <= 1e-15 * Double(count))
  }

  // Ten steps of Adam. A step moves a parameter by about the rate; the moments are rounded at each step.
  @Test(arguments: counts) func adamMatchesReference(count: Int) {
    let settings = ck_adam_settings(rate: 1e-2, beta1: 0.5, beta2: 0.999, epsilon: 1e-8)
    let start = randomFloats(count: count, seed: 5)
    var expected = (
      p: doubles(start), m: [Double](repeating: 0, count: count), v: [Double](repeating: 0, count: count)
    )
    for step in 1...10 as ClosedRange<UInt64> {
      let gradient = randomFloats(count: count, seed: 5 + step)
      ck_reference_adam(count, settings, step, doubles(gradient), &expected.p, &expected.m, &expected.v)
    }
    let results = [Int32(1), 2, 3].map { threads in
      var (p, m, v) = (start, [Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      for step in 1...10 as ClosedRange<UInt64> {
        ck_adam(count, settings, step, randomFloats(count: count, seed: 5 + step), &p, &m, &v, threads)
      }
      return (p: p, m: m, v: v)
    }
    let (first, tolerance) = (results[0], roundingTolerance(terms: 10))
    #expect(worstError(first.p, expected.p, scale: 1) <= tolerance)
    #expect(worstError(first.m, expected.m, scale: 1) <= tolerance)
    #expect(worstError(first.v, expected.v, scale: largest(expected.v)) <= tolerance)
    #expect(results.allSatisfy { bitPatterns($0.p) == bitPatterns(first.p) })
    #expect(results.allSatisfy { bitPatterns($0.m) == bitPatterns(first.m) })
    #expect(results.allSatisfy { bitPatterns($0.v) == bitPatterns(first.v) })
  }

  // Twenty steps, of which the first five do not divide by the root. The parameter is of the size of a few units, and
  // moves by about the rate.
  @Test(arguments: counts) func rectifiedAdamMatchesReference(count: Int) {
    let settings = ck_adam_settings(rate: 1e-2, beta1: 0.95, beta2: 0.999, epsilon: 1e-5)
    let start = randomFloats(count: count, seed: 7)
    var expected = (
      p: doubles(start), m: [Double](repeating: 0, count: count), v: [Double](repeating: 0, count: count)
    )
    let gradients = (0..<20).map { randomFloats(count: count, seed: 100 + UInt64($0)) }
    for (index, gradient) in gradients.enumerated() {
      ck_reference_rectified_adam(
        count, settings, 5, UInt64(index + 1), doubles(gradient), &expected.p, &expected.m, &expected.v)
    }
    let results = [Int32(1), 2, 3].map { threads in
      var (p, m, v) = (start, [Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      for (index, gradient) in gradients.enumerated() {
        ck_rectified_adam(count, settings, 5, UInt64(index + 1), gradient, &p, &m, &v, threads)
      }
      return (p: p, m: m, v: v)
    }
    let (first, tolerance) = (results[0], roundingTolerance(terms: 20))
    #expect(worstError(first.p, expected.p, scale: 1) <= tolerance)
    #expect(worstError(first.m, expected.m, scale: 1) <= tolerance)
    #expect(worstError(first.v, expected.v, scale: largest(expected.v)) <= tolerance)
    #expect(results.allSatisfy { bitPatterns($0.p) == bitPatterns(first.p) })
    #expect(results.allSatisfy { bitPatterns($0.m) == bitPatterns(first.m) })
    #expect(results.allSatisfy { bitPatterns($0.v) == bitPatterns(first.v) })
  }

  // With bias correction the first step is rate·g/(|g| + ε): the sign of the gradient.
  @Test func firstStepOfAdamHasTheLengthOfTheRate() {
    let gradient = randomFloats(count: 50, seed: 6)
    var p = [Float](repeating: 0, count: 50)
    var (m, v) = (p, p)
    let settings = ck_adam_settings(rate: 0.25, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    ck_adam(50, settings, 1, gradient, &p, &m, &v, 1)
    let expected = gradient.map { $0 > 0 ? -0.25 : 0.25 }
    #expect(worstError(p, expected, scale: 1) <= 1e-5)
  }
}
