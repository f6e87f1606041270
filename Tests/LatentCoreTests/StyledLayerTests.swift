import LatentCore
import TestSupport
import Testing

/// StyleGAN2's layers against the same made of other operations, whose own tests cover them.
struct StyledLayerTests {
  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  private static func positive(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: random(shape, seed: seed).elements.map { 0.5 + $0.magnitude })
  }

  /// The values and gradients of both, with equal inputs and a random cotangent.
  private func compare(
    _ inputs: [Tensor], tolerance: Double, _ ours: @escaping ([Variable]) -> Variable,
    _ theirs: @escaping ([Variable]) -> Variable
  ) throws {
    let results = [ours, theirs].map { compute in
      let tape = Tape(threads: 2)
      let y = compute(inputs.enumerated().map { tape.watch($1, path: "\($0)") })
      let cotangent = Self.random(y.shape, seed: 99)
      return (value: y.value, gradients: tape.gradients(of: y, cotangent: cotangent))
    }
    #expect(results[0].value.shape == results[1].value.shape)
    let value = results[1].value.elements.map { Double($0) }
    #expect(relativeError(results[0].value.elements, value) <= tolerance)
    #expect(results[0].gradients.count == inputs.count)
    for index in inputs.indices {
      let (got, expected) = (results[0].gradients["\(index)"], results[1].gradients["\(index)"])
      let error = relativeError(
        try #require(got).elements, try #require(expected).elements.map { Double($0) })
      #expect(error <= tolerance, "input \(index)")
    }
  }

  // y = √2·f(d ⊙ (F ∗ ((s ⊙ x) ∗ w)) + n + b), F being [1, 3, 3, 1]/4 squared, of layers that double. Both ways add some
  // 9·channels products in single precision; an activation that lies within rounding of the kink would be an error of
  // 1e-3, and there is none at these seeds.
  @Test(arguments: [(false, 5, 4, 7, 6), (true, 5, 4, 7, 6), (false, 16, 8, 32, 9), (true, 32, 8, 16, 9)])
  func styledLayerIsItsParts(_ doubling: Bool, _ inside: Int, _ size: Int, _ out: Int, _ width: Int) throws {
    let x = Self.random([2, size, width, inside], seed: 1)
    let w = Self.random(doubling ? [3, 3, out, inside] : [3, 3, inside, out], seed: 2)
    let (height, across) = doubling ? (2 * size, 2 * width) : (size, width)
    let (noise, bias) = (Self.random([height, across], seed: 3), Self.random([out], seed: 4))
    let (s, d) = (Self.random([2, inside], seed: 5), Self.positive([2, out], seed: 6))
    let taps: [Float] = [0.25, 0.75, 0.75, 0.25]
    let filter = Tensor(
      shape: [4, 4, out],
      elements: taps.flatMap { row in taps.flatMap { [Float](repeating: row * $0, count: out) } })
    let noises = Tensor(
      shape: [2, height, across, out],
      elements: (0..<2).flatMap { _ in noise.elements.flatMap { [Float](repeating: $0, count: out) } })
    try compare([x, s, d], tolerance: 1e-5) { inputs in
      inputs[0].styled(
        by: inputs[1], demodulation: inputs[2], filter: w, noise: noise, bias: bias, doubling: doubling)
    } _: { inputs in
      let tape = inputs[0].tape
      let scaled = inputs[0].scaledChannels(byEach: inputs[1])
      let pad = doubling ? 0 : 1
      let geometry = ConvolutionGeometry(
        kernel: 3, stride: doubling ? 2 : 1, padding: .init(top: pad, bottom: pad, left: pad, right: pad))
      let sum =
        doubling
        ? scaled.transposeConvolved(with: tape.constant(w), geometry)
          .depthwiseConvolved(
            with: tape.constant(filter),
            ConvolutionGeometry(kernel: 4, stride: 1, padding: .init(top: 1, bottom: 1, left: 1, right: 1)))
        : scaled.convolved(with: tape.constant(w), geometry)
      return sum.scaledChannels(byEach: inputs[2]).adding(tape.constant(noises))
        .activated(by: .leakyReLU(slope: 0.2), bias: tape.constant(bias)).scaled(by: Float(2).squareRoot())
    }
  }

  // A product with the weights scaled by a style is that of the scaled image with the weights.
  @Test func colorsAreThoseOfTheScaledImage() throws {
    let (x, s) = (Self.random([2, 5, 3, 19], seed: 11), Self.random([2, 19], seed: 12))
    let (w, bias) = (Self.random([19, 3], seed: 13), Self.random([3], seed: 14))
    let geometry = ConvolutionGeometry(
      kernel: 1, stride: 1, padding: .init(top: 0, bottom: 0, left: 0, right: 0))
    try compare([x, s], tolerance: 1e-6) { inputs in
      inputs[0].colored(by: inputs[1], weight: w, bias: bias)
    } _: { inputs in
      let tape = inputs[0].tape
      return inputs[0].scaledChannels(byEach: inputs[1]).convolved(
        with: tape.constant(w.reshaped(to: [1, 1, 19, 3])), geometry, bias: tape.constant(bias))
    }
  }

  // d = (Σ s²q + 1e-8)^−½ in double, and its central differences.
  @Test func demodulationAndItsDerivative() throws {
    let (s, q) = (Self.random([2, 7], seed: 21), Self.positive([7, 5], seed: 22))
    let cotangent = Self.random([2, 5], seed: 23)
    func reference(_ s: [Double]) -> [Double] {
      (0..<10).map { place in
        let sum = (0..<7).reduce(1e-8) { sum, index in
          let style = s[place / 5 * 7 + index]
          return sum + style * style * Double(q.elements[index * 5 + place % 5])
        }
        return 1 / sum.squareRoot()
      }
    }
    let tape = Tape(threads: 1)
    let d = tape.watch(s, path: "s").demodulation(ofSquares: q)
    let point = s.elements.map { Double($0) }
    #expect(worstError(d.value.elements, reference(point), scale: 1) <= roundingTolerance(terms: 7))
    let gradient = try #require(tape.gradients(of: d, cotangent: cotangent)["s"])
    let numeric = point.indices.map { index in
      let sides = [1e-5, -1e-5].map { step in
        var moved = point
        moved[index] += step
        return zip(reference(moved), cotangent.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      return (sides[0] - sides[1]) / 2e-5
    }
    #expect(worstError(gradient.elements, numeric, scale: largestMagnitude(numeric)) <= 1e-5)
  }

  // Zeros between the pixels, filtered: y[2m] = (x[m − 1] + 3x[m])/4, y[2m + 1] = (3x[m] + x[m + 1])/4.
  @Test func doublingPutsZerosBetween() {
    let x = Self.random([1, 3, 4, 2], seed: 31)
    let y = Tape(threads: 1).constant(x).doubledSmoothly().value
    #expect(y.shape == [1, 6, 8, 2])
    func weight(_ output: Int, _ input: Int) -> Double {
      let tap = output - 2 * input + 1  // of [1, 3, 3, 1]/4
      return (0..<4).contains(tap) ? [0.25, 0.75, 0.75, 0.25][tap] : 0
    }
    let expected = (0..<96).map { place in
      (0..<24).reduce(0.0) { sum, source in
        guard source % 2 == place % 2 else { return sum }
        return sum + Double(x.elements[source]) * weight(place / 16, source / 8)
          * weight(place / 2 % 8, source / 2 % 4)
      }
    }
    #expect(worstError(y.elements, expected, scale: 1) <= roundingTolerance(terms: 4))
  }
}
