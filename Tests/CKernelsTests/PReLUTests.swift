import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct PReLUTests {
  // y = x > 0 ? x : slope·x, one product an element, of normal numbers of at most 6.
  @Test(arguments: awkwardSizes) func forwardMatchesReference(_ rows: Int, _ channels: Int) {
    let (x, slope) = (randomFloats(count: rows * channels, seed: 1), randomFloats(count: channels, seed: 2))
    var expected = [Double](repeating: .nan, count: x.count)
    ck_reference_prelu_forward(rows, channels, doubles(x), doubles(slope), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var y = [Float](repeating: .nan, count: x.count)
      ck_prelu_forward(rows, channels, x, slope, &y, threads)
      return y
    }
    #expect(worstError(results[0], expected, scale: 1) <= roundingTolerance(terms: 1))
    #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { values in
      ck_prelu_forward(rows, channels, values.baseAddress, slope, values.baseAddress, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(results[0]))
  }

  // dx = dy·(1 or slope), and dslope the sum of at most `rows` products.
  @Test(arguments: awkwardSizes) func backwardMatchesReference(_ rows: Int, _ channels: Int) {
    let (x, slope) = (randomFloats(count: rows * channels, seed: 3), randomFloats(count: channels, seed: 4))
    let dy = randomFloats(count: rows * channels, seed: 5)
    var (dx, dslope) = (
      [Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: channels)
    )
    ck_reference_prelu_backward(rows, channels, doubles(x), doubles(slope), doubles(dy), &dx, &dslope)
    let results = [Int32(1), 2, 3].map { threads in
      var (fast, sums) = (
        [Float](repeating: .nan, count: x.count), [Float](repeating: .nan, count: channels)
      )
      ck_prelu_backward(rows, channels, x, slope, dy, &fast, &sums, threads)
      return (dx: fast, dslope: sums)
    }
    let first = results[0]
    #expect(worstError(first.dx, dx, scale: 1) <= roundingTolerance(terms: 1))
    #expect(
      worstError(first.dslope, dslope, scale: Double(rows).squareRoot()) <= roundingTolerance(terms: rows))
    #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(first.dx) })
    #expect(results.allSatisfy { bitPatterns($0.dslope) == bitPatterns(first.dslope) })

    var onlySlope = [Float](repeating: .nan, count: channels)
    ck_prelu_backward(rows, channels, x, slope, dy, nil, &onlySlope, 2)
    #expect(bitPatterns(onlySlope) == bitPatterns(first.dslope))
    var (inPlace, sums) = (dy, [Float](repeating: .nan, count: channels))
    inPlace.withUnsafeMutableBufferPointer { values in
      ck_prelu_backward(rows, channels, x, slope, values.baseAddress, values.baseAddress, &sums, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(first.dx))
    #expect(bitPatterns(sums) == bitPatterns(first.dslope))
  }

  // The twin's dx and dslope are the derivatives of ⟨dy, y⟩. No random x lies within a step of the kink at 0.
  @Test func referenceIsTheDerivative() {
    let (rows, channels) = (7, 5)
    let (x, slope) = (randomDoubles(count: rows * channels, seed: 6), randomDoubles(count: channels, seed: 7))
    let dy = randomDoubles(count: rows * channels, seed: 8)
    func forward(_ x: [Double], _ slope: [Double]) -> [Double] {
      var y = [Double](repeating: .nan, count: x.count)
      ck_reference_prelu_forward(rows, channels, x, slope, &y)
      return y
    }
    var (dx, dslope) = (
      [Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: channels)
    )
    ck_reference_prelu_backward(rows, channels, x, slope, dy, &dx, &dslope)
    let numericX = centralDifferences(at: x) { innerProduct(dy, forward($0, slope)) }
    let numericSlope = centralDifferences(at: slope) { innerProduct(dy, forward(x, $0)) }
    #expect(worstError(dx, numericX, scale: largest(dx)) <= 1e-6)
    #expect(worstError(dslope, numericSlope, scale: largest(dslope)) <= 1e-6)
  }
}
