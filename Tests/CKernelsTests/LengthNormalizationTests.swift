import CKernels
import CKernelsReference
import TestSupport
import Testing

/// y = x/√(weight·Σ x² + ε) along the middle dimension, and its gradient.
struct LengthNormalizationTests {
  /// outer, length, inner.
  static let shapes: [(Int, Int, Int)] =
    [(1, 1, 1), (2, 512, 1), (2, 18, 512), (3, 7, 63), (2, 5, 65), (3, 100, 2), (700, 65, 1), (9, 3, 2500)]
    + randomShapes(12) { stream in
      (
        stream.size(upTo: 20), stream.size(upTo: 300, near: [15, 16, 17, 512]),
        stream.size(upTo: 150, near: [1, 63, 64, 65, 128])
      )
    }

  // Each element is one product with a factor that rounds once; the sums are in double.
  @Test(arguments: shapes) func forwardMatchesReference(_ outer: Int, _ length: Int, _ inner: Int) {
    let count = outer * length * inner
    let x = randomFloats(count: count, seed: 1)
    for (weight, epsilon) in [(1 / Float(length), Float(1e-8)), (1, 0)] {
      var expected = [Double](repeating: .nan, count: count)
      ck_reference_normalize_length_forward(
        outer, length, inner, Double(weight), Double(epsilon), doubles(x), &expected)
      let results = [Int32(1), 2, 3].map { threads in
        var y = [Float](repeating: .nan, count: count)
        ck_normalize_length_forward(outer, length, inner, weight, epsilon, x, &y, threads)
        return y
      }
      #expect(
        worstError(results[0], expected, scale: largestMagnitude(expected)) <= roundingTolerance(terms: 1))
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    }
  }

  // dx is the difference of two products. A vector of one element has a derivative near 0, the difference of two
  // terms as large as r·dy, on whose scale it rounds.
  @Test(arguments: shapes) func backwardMatchesReference(_ outer: Int, _ length: Int, _ inner: Int) {
    let count = outer * length * inner
    let (x, dy) = (randomFloats(count: count, seed: 2), randomFloats(count: count, seed: 3))
    for (weight, epsilon) in [(1 / Float(length), Float(1e-8)), (1, 0)] {
      var expected = [Double](repeating: .nan, count: count)
      ck_reference_normalize_length_backward(
        outer, length, inner, Double(weight), Double(epsilon), doubles(x), doubles(dy), &expected)
      let scale = Self.largestTerm(outer, length, inner, Double(weight), Double(epsilon), x, dy)
      let results = [Int32(1), 2, 3].map { threads in
        var dx = [Float](repeating: .nan, count: count)
        ck_normalize_length_backward(outer, length, inner, weight, epsilon, x, dy, &dx, threads)
        return dx
      }
      #expect(worstError(results[0], expected, scale: scale) <= roundingTolerance(terms: 2))
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    }
  }

  /// The largest |r·dy|.
  private static func largestTerm(
    _ outer: Int, _ length: Int, _ inner: Int, _ weight: Double, _ epsilon: Double, _ x: [Float],
    _ dy: [Float]
  ) -> Double {
    var largest = 0.0
    for i in 0..<outer {
      for j in 0..<inner {
        let places = (0..<length).map { (i * length + $0) * inner + j }
        let sum = places.reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
        let cotangent = places.reduce(0.0) { max($0, abs(Double(dy[$1]))) }
        largest = max(largest, cotangent / (weight * sum + epsilon).squareRoot())
      }
    }
    return largest
  }

  // The twin's dx is the derivative of ⟨dy, y⟩.
  @Test(arguments: [(1.0 / 5, 1e-2), (1.0, 0.0)])
  func referenceIsTheDerivative(_ weight: Double, _ epsilon: Double) {
    let (outer, length, inner) = (2, 5, 3)
    let x = randomDoubles(count: outer * length * inner, seed: 4)
    let dy = randomDoubles(count: x.count, seed: 5)
    var dx = [Double](repeating: .nan, count: x.count)
    ck_reference_normalize_length_backward(outer, length, inner, weight, epsilon, x, dy, &dx)
    let numeric = centralDifferences(at: x) { x in
      var y = [Double](repeating: .nan, count: x.count)
      ck_reference_normalize_length_forward(outer, length, inner, weight, epsilon, x, &y)
      return innerProduct(dy, y)
    }
    #expect(worstError(dx, numeric, scale: largest(dx)) <= 1e-6)
  }
}
