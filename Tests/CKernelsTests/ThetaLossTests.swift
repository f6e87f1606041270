import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct ThetaLossTests {
  static let sizes =
    [
      Size(batch: 1, words: 1, d: 1), Size(batch: 3, words: 5, d: 7), Size(batch: 33, words: 4, d: 17),
      Size(batch: 16, words: 40, d: 200), Size(batch: 600, words: 3, d: 20),
    ]
    + randomShapes(16) { stream in
      let (words, d) = (
        stream.size(upTo: 40, near: [8, 16, 32]), stream.size(upTo: 210, near: [16, 64, 200])
      )
      return Size(
        batch: stream.size(upTo: min(600, 200_000 / (words * d)), near: [16, 32, 512]), words: words, d: d)
    }

  // θ_j = ⟨w_j, D⟩/(⟨w_j, w_j⟩ + ε), loss = ‖Σθ_j w_j − D‖²/d and its gradient, by ‖a − b‖₂/‖b‖₂ ≤ 1e-5 and each
  // element to the rounding of the largest terms.
  @Test(arguments: sizes) func matchesReference(_ size: Size) {
    for shared in [false, true] {
      for masked in [false, true] {
        let data = Inputs(size, shared: shared, masked: masked)
        let expected = data.reference()
        let results = [Int32(1), 2, 3].map { data.fast(threads: $0) }
        let first = results[0]
        let reach = largest(expected.theta) * largest(doubles(data.difference))
        let terms = shared ? size.batch : 1
        let gradient = 2 / Double(size.d * size.batch) * reach * Double(terms).squareRoot()
        // The loss is of the size of D², and where few places are left to many words, of that of u².
        let energy =
          largest(doubles(data.difference)) * largest(doubles(data.difference)) + largest(expected.loss)
        // An inner product is summed in 16 lanes of d/16 terms each.
        let inner = rounding * (1 + (Double(size.d) / 16).squareRoot())
        #expect(worstError(first.theta, expected.theta, scale: largest(expected.theta) + 1e-30) <= inner)
        #expect(worstError(first.loss, expected.loss, scale: energy) <= rounding)
        #expect(
          worstError(first.dw, expected.dw, scale: gradient + largest(expected.dw) + 1e-30)
            <= roundingTolerance(terms: terms))
        if size.d > 1 {
          #expect(relativeError(first.theta, expected.theta) <= 1e-5)
          #expect(relativeError(first.loss, expected.loss) <= 1e-5)
          #expect(relativeError(first.dw, expected.dw) <= 1e-5)
        }
        #expect(results.allSatisfy { bitPatterns($0.theta) == bitPatterns(first.theta) })
        #expect(results.allSatisfy { bitPatterns($0.loss) == bitPatterns(first.loss) })
        #expect(results.allSatisfy { bitPatterns($0.dw) == bitPatterns(first.dw) })
        let onlyValue = data.fast(threads: 2, wantsGradient: false)
        #expect(bitPatterns(onlyValue.theta) == bitPatterns(first.theta))
        #expect(bitPatterns(onlyValue.loss) == bitPatterns(first.loss))
      }
    }
  }

  // Where words at right angles explain D to 10⁻⁴, u is what is left when large terms cancel. θ is least-squares there,
  // so its rounding ε enters the loss as (ε/10⁻⁴)² ≈ 10⁻⁶; a u summed in single precision would be off by
  // ε/10⁻⁴ ≈ 10⁻³ in each place. The words are right-angled by their signs, those of a Hadamard matrix of order four
  // on each four places of one magnitude.
  @Test func whatWordsLeaveIsAccurate() {
    let size = Size(batch: 64, words: 4, d: 200)
    let magnitudes = randomFloats(count: size.d / 4, seed: 41)
    let w = (0..<size.words * size.d).map { index in
      let (word, place) = (index / size.d, index % size.d)
      return (word & place & 3).nonzeroBitCount % 2 == 0 ? magnitudes[place / 4] : -magnitudes[place / 4]
    }
    let (factors, rest) = (
      randomFloats(count: size.batch * size.words, seed: 42),
      randomFloats(count: size.batch * size.d, seed: 43)
    )
    let difference = rest.indices.map { index in
      let (pair, place) = (index / size.d, index % size.d)
      let explained = (0..<size.words).reduce(Float(0)) { sum, word in
        sum + factors[pair * size.words + word] * w[word * size.d + place]
      }
      return explained + 1e-4 * rest[index]
    }
    let data = Inputs(size, w: w, difference: difference)
    let (fast, expected) = (data.fast(threads: 1), data.reference())
    #expect(expected.loss.count == size.batch && expected.loss.allSatisfy { $0 < 1e-7 })
    for (got, loss) in zip(fast.loss, expected.loss) { #expect(abs(Double(got) - loss) <= 1e-5 * loss) }
  }

  // dw is the derivative of the mean loss, the derivative of θ included.
  @Test(arguments: [false, true]) func referenceIsTheDerivative(shared: Bool) {
    let data = Inputs(Size(batch: 3, words: 4, d: 6), shared: shared, masked: true)
    let expected = data.reference()
    let numeric = centralDifferences(at: doubles(data.w)) { w in
      data.reference(w: w).loss.reduce(0, +) / Double(data.size.batch)
    }
    #expect(worstError(expected.dw, numeric, scale: largest(expected.dw)) <= 1e-6)
  }

  // The loss sees only the line of each word: w_j → c·w_j leaves it, divides θ_j and the gradient by c.
  @Test(arguments: [3, -0.5, -1] as [Float]) func dependsOnLinesAlone(factor: Float) {
    let data = Inputs(Size(batch: 8, words: 6, d: 50), shared: false, masked: true)
    let plain = data.fast(threads: 1)
    let scaled = data.with(w: data.w.map { factor * $0 }).fast(threads: 1)
    #expect(relativeError(scaled.loss, doubles(plain.loss)) <= 1e-6)
    #expect(relativeError(scaled.theta.map { factor * $0 }, doubles(plain.theta)) <= 1e-6)
    #expect(relativeError(scaled.dw.map { factor * $0 }, doubles(plain.dw)) <= 1e-6)
  }

  // Inactive words are not read: NaN there changes nothing; θ and, where a pair owns its words, dw are 0.
  @Test func inactiveWordsAreNotRead() {
    let size = Size(batch: 5, words: 8, d: 30)
    let data = Inputs(size, shared: false, masked: true)
    let plain = data.fast(threads: 1)
    var w = data.w
    for (index, active) in data.mask.enumerated() where active == 0 {
      for i in 0..<size.d { w[index * size.d + i] = .nan }
    }
    let poisoned = data.with(w: w).fast(threads: 1)
    #expect(w.contains { $0.isNaN })
    #expect(bitPatterns(poisoned.loss) == bitPatterns(plain.loss))
    #expect(bitPatterns(poisoned.dw) == bitPatterns(plain.dw))
    for (index, active) in data.mask.enumerated() where active == 0 {
      #expect(plain.theta[index] == 0)
      #expect(plain.dw[index * size.d..<(index + 1) * size.d].allSatisfy { $0 == 0 })
    }
  }

  // A word of zero length is saved by ε: θ = 0 and everything stays finite.
  @Test func zeroWordIsHarmless() {
    let data = Inputs(Size(batch: 2, words: 3, d: 9), shared: false, masked: false)
    let result = data.with(w: [Float](repeating: 0, count: data.w.count)).fast(threads: 1)
    #expect(result.theta.allSatisfy { $0 == 0 })
    #expect((result.loss + result.dw).allSatisfy { $0.isFinite })
  }

  struct Size: CustomTestStringConvertible {
    let batch: Int
    let words: Int
    let d: Int
    var testDescription: String { "batch \(batch), words \(words), d \(d)" }
  }
}

private let epsilon: Float = 1e-8
private let rounding = Double(Float.ulpOfOne)

/// Returns ‖a − b‖₂/‖b‖₂.
private func relativeError(_ a: [Float], _ b: [Double]) -> Double {
  let difference = zip(a, b).map { Double($0) - $1 }
  return (innerProduct(difference, difference) / innerProduct(b, b)).squareRoot()
}

private struct Outputs<Number> {
  var theta: [Number]
  var loss: [Number]
  var dw: [Number]
}

private struct Inputs {
  let size: ThetaLossTests.Size
  let shared: Bool
  let w: [Float]
  let difference: [Float]
  let mask: [UInt8]

  init(_ size: ThetaLossTests.Size, shared: Bool, masked: Bool) {
    self.size = size
    self.shared = shared
    w = randomFloats(count: (shared ? 1 : size.batch) * size.words * size.d, seed: 1)
    difference = randomFloats(count: size.batch * size.d, seed: 2).map { 2 * $0 }
    // The first word of all is active, so that no case is empty.
    var mask = randomFloats(count: size.batch * size.words, seed: 3).map {
      UInt8(!masked || $0 > 0.5 ? 1 : 0)
    }
    mask[0] = 1
    self.mask = mask
  }

  /// Shared words, all active in every pair.
  init(_ size: ThetaLossTests.Size, w: [Float], difference: [Float]) {
    (self.size, self.w, self.difference, shared) = (size, w, difference, true)
    mask = [UInt8](repeating: 1, count: size.batch * size.words)
  }

  private init(_ other: Inputs, w: [Float]) {
    (size, shared, difference, mask) = (other.size, other.shared, other.difference, other.mask)
    self.w = w
  }

  func with(w: [Float]) -> Inputs { Inputs(self, w: w) }

  func fast(threads: Int32, wantsGradient: Bool = true) -> Outputs<Float> {
    var theta = [Float](repeating: .nan, count: mask.count)
    var loss = [Float](repeating: .nan, count: size.batch)
    var dw = [Float](repeating: .nan, count: w.count)
    dw.withUnsafeMutableBufferPointer { buffer in
      ck_theta_loss(
        size.batch, size.words, size.d, shared, epsilon, w, difference, mask, &theta, &loss,
        wantsGradient ? buffer.baseAddress : nil, threads)
    }
    return Outputs(theta: theta, loss: loss, dw: dw)
  }

  func reference(w replaced: [Double]? = nil) -> Outputs<Double> {
    var result = Outputs(
      theta: [Double](repeating: .nan, count: mask.count), loss: [Double](repeating: .nan, count: size.batch),
      dw: [Double](repeating: .nan, count: w.count))
    ck_reference_theta_loss(
      size.batch, size.words, size.d, shared, Double(epsilon), replaced ?? doubles(w), doubles(difference),
      mask,
      &result.theta, &result.loss, &result.dw)
    return result
  }
}
