import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct ChannelScaleTests {
  // y = x·f, one product an element.
  @Test(arguments: awkwardSizes) func forwardMatchesReference(_ rows: Int, _ channels: Int) {
    let batch = 3
    let x = randomFloats(count: batch * rows * channels, seed: 1)
    let factors = randomFloats(count: batch * channels, seed: 2)
    var expected = [Double](repeating: .nan, count: x.count)
    ck_reference_scale_channels_forward(batch, rows, channels, doubles(x), doubles(factors), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var y = [Float](repeating: .nan, count: x.count)
      ck_scale_channels_forward(batch, rows, channels, x, factors, &y, threads)
      return y
    }
    #expect(worstError(results[0], expected, scale: 1) <= roundingTolerance(terms: 1))
    #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { values in
      ck_scale_channels_forward(batch, rows, channels, values.baseAddress, factors, values.baseAddress, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(results[0]))
  }

  // dx = dy·f, and each of df the sum of `rows` products.
  @Test(arguments: awkwardSizes) func backwardMatchesReference(_ rows: Int, _ channels: Int) {
    let batch = 3
    let (x, dy) = (
      randomFloats(count: batch * rows * channels, seed: 3),
      randomFloats(count: batch * rows * channels, seed: 4)
    )
    let factors = randomFloats(count: batch * channels, seed: 5)
    var (dx, dfactors) = (
      [Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: factors.count)
    )
    ck_reference_scale_channels_backward(
      batch, rows, channels, doubles(x), doubles(factors), doubles(dy), &dx, &dfactors)
    let results = [Int32(1), 2, 3].map { threads in
      var (fast, sums) = (
        [Float](repeating: .nan, count: x.count), [Float](repeating: .nan, count: factors.count)
      )
      ck_scale_channels_backward(batch, rows, channels, x, factors, dy, &fast, &sums, threads)
      return (dx: fast, dfactors: sums)
    }
    let first = results[0]
    #expect(worstError(first.dx, dx, scale: 1) <= roundingTolerance(terms: 1))
    #expect(
      worstError(first.dfactors, dfactors, scale: Double(rows).squareRoot()) <= roundingTolerance(terms: rows)
    )
    #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(first.dx) })
    #expect(results.allSatisfy { bitPatterns($0.dfactors) == bitPatterns(first.dfactors) })

    var onlyFactors = [Float](repeating: .nan, count: factors.count)
    ck_scale_channels_backward(batch, rows, channels, x, factors, dy, nil, &onlyFactors, 2)
    #expect(bitPatterns(onlyFactors) == bitPatterns(first.dfactors))
    var inPlace = dy
    inPlace.withUnsafeMutableBufferPointer { values in
      ck_scale_channels_backward(
        batch, rows, channels, x, factors, values.baseAddress, values.baseAddress, nil, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(first.dx))
  }

  // The map is linear in each argument: ⟨y, c⟩ = ⟨x, dx⟩ = ⟨f, df⟩.
  @Test func referenceIsTheAdjoint() {
    let (batch, rows, channels) = (2, 7, 5)
    let (x, c) = (
      randomDoubles(count: batch * rows * channels, seed: 6),
      randomDoubles(count: batch * rows * channels, seed: 7)
    )
    let factors = randomDoubles(count: batch * channels, seed: 8)
    var (y, dx, dfactors) = (
      x.map { _ in Double.nan }, x.map { _ in Double.nan }, factors.map { _ in Double.nan }
    )
    ck_reference_scale_channels_forward(batch, rows, channels, x, factors, &y)
    ck_reference_scale_channels_backward(batch, rows, channels, x, factors, c, &dx, &dfactors)
    let value = innerProduct(y, c)
    #expect(abs(value - innerProduct(x, dx)) <= 1e-12 * Double(x.count))
    #expect(abs(value - innerProduct(factors, dfactors)) <= 1e-12 * Double(x.count))
    #expect(abs(value) > 0.1)
  }
}
