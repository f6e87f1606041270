import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct StyleTests {
  private static let (batch, slope, gain) = (2, Float(0.2), Float(2).squareRoot())

  /// Lends a style of random numbers; demodulations are between 0.5 and 2, as a network's are above zero.
  static func withStyle<Result>(
    pixels: Int, channels: Int, noise hasNoise: Bool, batch: Int = batch,
    _ body: (_ style: inout ck_style, _ demodulation: [Float]) -> Result
  ) -> Result {
    let demodulation = randomFloats(count: batch * channels, seed: 91).map { 1.25 + 0.75 * sinLike($0) }
    let (noise, bias) = (randomFloats(count: pixels, seed: 92), randomFloats(count: channels, seed: 93))
    return demodulation.withUnsafeBufferPointer { d in
      noise.withUnsafeBufferPointer { noise in
        bias.withUnsafeBufferPointer { bias in
          var style = ck_style(
            demodulation: d.baseAddress, noise: hasNoise ? noise.baseAddress : nil, bias: bias.baseAddress,
            slope: slope, gain: gain)
          return body(&style, demodulation)
        }
      }
    }
  }

  /// A number in −1 … 1.
  private static func sinLike(_ x: Float) -> Float { x / (1 + x.magnitude) }

  // y = gain·f(d·x + n + b): three roundings of numbers of at most 2·6 + 6 + 6.
  @Test(arguments: awkwardSizes) func forwardMatchesReference(_ rows: Int, _ channels: Int) {
    let x = randomFloats(count: Self.batch * rows * channels, seed: 1)
    for hasNoise in [true, false] {
      Self.withStyle(pixels: rows, channels: channels, noise: hasNoise) { style, _ in
        var expected = [Double](repeating: .nan, count: x.count)
        ck_reference_style_forward(&style, Self.batch, rows, channels, doubles(x), &expected)
        let results = [Int32(1), 2, 3].map { threads in
          var y = [Float](repeating: .nan, count: x.count)
          ck_style_forward(&style, Self.batch, rows, channels, x, &y, threads)
          return y
        }
        #expect(worstError(results[0], expected, scale: 4) <= roundingTolerance(terms: 3))
        #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer { values in
          ck_style_forward(&style, Self.batch, rows, channels, values.baseAddress, values.baseAddress, 2)
        }
        #expect(bitPatterns(inPlace) == bitPatterns(results[0]))
      }
    }
  }

  // dx = dy·f′·d, and dd the sum of `rows` products with what was demodulated, which is found again from y: z − n − b is
  // off by some ε·(|z| + |n| + |b|), divided by d ≥ ½.
  @Test(arguments: awkwardSizes) func backwardMatchesReference(_ rows: Int, _ channels: Int) {
    let (batch, count) = (Self.batch, Self.batch * rows * channels)
    let (x, dy) = (randomFloats(count: count, seed: 3), randomFloats(count: count, seed: 4))
    for hasNoise in [true, false] {
      Self.withStyle(pixels: rows, channels: channels, noise: hasNoise) { style, demodulation in
        var (dx, dd) = (
          [Double](repeating: .nan, count: count), [Double](repeating: .nan, count: demodulation.count)
        )
        ck_reference_style_backward(&style, batch, rows, channels, doubles(x), doubles(dy), &dx, &dd)
        var y = [Float](repeating: .nan, count: count)
        ck_style_forward(&style, batch, rows, channels, x, &y, 1)
        let results = [Int32(1), 2, 3].map { threads in
          var (fast, sums) = (
            [Float](repeating: .nan, count: count), [Float](repeating: .nan, count: dd.count)
          )
          ck_style_backward(&style, batch, rows, channels, y, dy, &fast, &sums, threads)
          return (dx: fast, dd: sums)
        }
        let first = results[0]
        #expect(worstError(first.dx, dx, scale: 2) <= roundingTolerance(terms: 3))
        #expect(
          worstError(first.dd, dd, scale: 8 * Double(rows).squareRoot()) <= roundingTolerance(terms: rows))
        #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(first.dx) })
        #expect(results.allSatisfy { bitPatterns($0.dd) == bitPatterns(first.dd) })
        var inPlace = dy
        inPlace.withUnsafeMutableBufferPointer { values in
          ck_style_backward(
            &style, batch, rows, channels, y, values.baseAddress, values.baseAddress, nil, 2)
        }
        #expect(bitPatterns(inPlace) == bitPatterns(first.dx))
      }
    }
  }

  // The twin's dx is the derivative of ⟨dy, y⟩. No random x lies within a step of the kink. The twin is linear in d·x, so
  // that Σ x·dx = Σ d·dd.
  @Test func referenceIsTheDerivative() {
    let (rows, channels) = (7, 5)
    let count = Self.batch * rows * channels
    let (x, dy) = (randomDoubles(count: count, seed: 6), randomDoubles(count: count, seed: 7))
    Self.withStyle(pixels: rows, channels: channels, noise: true) { style, demodulation in
      var copy = style
      var (dx, dd) = ([Double](repeating: .nan, count: count), doubles(demodulation))
      ck_reference_style_backward(&style, Self.batch, rows, channels, x, dy, &dx, &dd)
      let numeric = centralDifferences(at: x) { x in
        var y = [Double](repeating: .nan, count: count)
        ck_reference_style_forward(&copy, Self.batch, rows, channels, x, &y)
        return innerProduct(dy, y)
      }
      #expect(worstError(dx, numeric, scale: largest(dx)) <= 1e-6)
      #expect(abs(innerProduct(x, dx) - innerProduct(doubles(demodulation), dd)) <= 1e-12 * Double(count))
    }
  }

  static let pictures: [(height: Int, width: Int, channels: Int, pad: Int)] =
    [
      (1, 1, 3, 2), (1, 2, 16, 2), (2, 3, 5, 1), (9, 9, 32, 1), (8, 8, 32, 2), (17, 13, 20, 1),
      (33, 33, 7, 2),
    ]

  // Each result is the sum of 16 products with taps of at most 9/16.
  @Test(arguments: pictures)
  func blurMatchesReference(_ height: Int, _ width: Int, _ channels: Int, _ pad: Int) {
    let batch = Self.batch
    let (outHeight, outWidth) = (height + 2 * pad - 3, width + 2 * pad - 3)
    let x = randomFloats(count: batch * height * width * channels, seed: 8)
    var expected = [Double](repeating: .nan, count: batch * outHeight * outWidth * channels)
    ck_reference_blur(batch, height, width, channels, pad, doubles(x), &expected)
    let results = [Int32(1), 2, 3].map { threads in
      var y = [Float](repeating: .nan, count: expected.count)
      ck_blur(batch, height, width, channels, pad, nil, x, &y, threads)
      return y
    }
    #expect(worstError(results[0], expected, scale: 1) <= roundingTolerance(terms: 16))
    #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    // With a style it is the two one after the other, by the same operations.
    Self.withStyle(pixels: outHeight * outWidth, channels: channels, noise: true) { style, _ in
      var both = [Float](repeating: .nan, count: expected.count)
      ck_blur(batch, height, width, channels, pad, &style, x, &both, 2)
      var after = results[0]
      after.withUnsafeMutableBufferPointer { values in
        ck_style_forward(
          &style, batch, outHeight * outWidth, channels, values.baseAddress, values.baseAddress, 1)
      }
      #expect(worstError(both, doubles(after), scale: 4) <= roundingTolerance(terms: 3))
    }
  }

  // ⟨blur₁ x, y⟩ = ⟨x, blur₂ y⟩: the filter is symmetrical.
  @Test func paddingByTwoIsTheAdjointOfOne() {
    let (height, width, channels) = (9, 7, 3)
    let x = randomDoubles(count: height * width * channels, seed: 9)
    let y = randomDoubles(count: (height - 1) * (width - 1) * channels, seed: 10)
    var (blurred, pulled) = (y.map { _ in Double.nan }, x.map { _ in Double.nan })
    ck_reference_blur(1, height, width, channels, 1, x, &blurred)
    ck_reference_blur(1, height - 1, width - 1, channels, 2, y, &pulled)
    #expect(abs(innerProduct(blurred, y) - innerProduct(x, pulled)) <= 1e-12 * Double(x.count))
    #expect(abs(innerProduct(blurred, y)) > 0.1)
  }
}
