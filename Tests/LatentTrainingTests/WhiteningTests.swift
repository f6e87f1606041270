import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The map to white codes, folded into an encoder and a generator.
struct WhiteningTests {
  private static let d = 6
  private static let network: NetworkConfiguration = {
    var network = TinyModel.network(.dcgan)
    network.normalizesCodes = true
    return network
  }()

  /// Codes of unequal and dependent dimensions: normal numbers times a random matrix, off center.
  private static let codes: Tensor = {
    var stream = RandomStream(seed: 1, name: "codes")
    let mixed = Kernels.matrixProduct(
      stream.normal(shape: [500, d]), stream.normal(shape: [d, d]), threads: 1)
    return Tensor(
      shape: [500, d], elements: mixed.elements.enumerated().map { $1 + 0.5 * Float($0 % d) - 1 })
  }()

  // Σ = LLᵀ: the white codes L⁻¹(z − mean) have the covariance I − r·L⁻¹L⁻ᵀ, r being the ridge, 1e-3 of the mean variance.
  // Its entries are at most r/λ, λ being the least eigenvalue of Σ.
  @Test func whiteCodesAreCenteredAndUncorrelated() throws {
    let white = try Whitening(of: Self.codes).whitened(Self.codes)
    let before = moments(Self.codes), after = moments(white)
    let eigen = try #require(Kernels.symmetricEigen(before.covariance, order: Self.d))
    let least = try #require(eigen.values.min())
    let ridge = 1e-3 * eigen.values.reduce(0, +) / Double(Self.d)
    #expect(ridge / least < 0.3 && (eigen.values.max() ?? 0) > 5 * least)
    #expect(largestMagnitude(after.mean) <= 1e-4)
    for (index, value) in after.covariance.enumerated() {
      let identity = index % (Self.d + 1) == 0 ? 1.0 : 0
      let error = abs(value - identity)
      #expect(error <= ridge / least + 1e-4, "\(index): \(value)")
    }
  }

  // E′(x) = L⁻¹(E(x) − mean), through the running statistics of the last normalization.
  @Test func theEncoderGivesWhiteCodes() throws {
    let whitening = try Whitening(of: Self.codes)
    let encoder = TinyModel.parameters(Self.network.encoder.parameters)
    let images = Tensor((0..<5).map { smoothImage(width: 80, height: 80, seed: 3 * $0 + 1) })
    let expected = whitening.whitened(Self.network.encoder.inferred(images, encoder, threads: 1))
    let got = Self.network.encoder.inferred(images, whitening.encoded(encoder), threads: 1)
    #expect(got.shape == [5, Self.d])
    let error = worstError(
      got.elements, expected.elements.map { Double($0) },
      scale: largestMagnitude(expected.elements.map { Double($0) }))
    #expect(error <= 1e-4, "\(error)")
  }

  // G′(L⁻¹z) = G(z): whitened subtracts the mean, so z is given as z + mean.
  @Test func theGeneratorTakesWhiteCodes() throws {
    let whitening = try Whitening(of: Self.codes)
    let generator = TinyModel.parameters(Self.network.generator.parameters)
    var stream = RandomStream(seed: 2, name: "z")
    let z = stream.normal(shape: [5, Self.d])
    let shifted = Tensor(
      shape: z.shape, elements: z.elements.enumerated().map { $1 + whitening.mean.elements[$0 % Self.d] })
    let expected = Self.network.generator.inferred(z, generator, threads: 1)
    let got = Self.network.generator.inferred(
      whitening.whitened(shifted), whitening.decoded(generator), threads: 1)
    #expect(got.shape == [5, 80, 80, 3])
    let error = worstError(got.elements, expected.elements.map { Double($0) }, scale: 1)
    #expect(error <= 1e-4, "\(error)")
  }

  // In training an encoder of normal codes ends in (x − m)/√(v + 1e-5) over the batch: mean 0, variance v/(v + 1e-5).
  @Test func theEncoderNormalizesItsCodes() {
    let tape = Tape(threads: 1)
    let binding = Binding(
      Parameters(Self.network.encoder.parameters, seed: 3), on: tape, isTrained: true, phase: .training)
    let images = Tensor((0..<8).map { randomImage(width: 80, height: 80, seed: $0) })
    let codes = Self.network.encoder(tape.constant(images), binding).value
    let (mean, covariance) = moments(codes)
    #expect(codes.shape == [8, Self.d] && largestMagnitude(mean) <= 1e-5)
    for index in 0..<Self.d {
      let biased = covariance[index * (Self.d + 1)] * 7 / 8
      #expect(biased <= 1 + 1e-5 && biased >= 0.9, "\(biased)")
    }
    #expect(TinyModel.network(.dcgan).encoder.parameters.count == Self.network.encoder.parameters.count - 4)
  }
}

/// Mean and unbiased covariance of rows, in double.
func moments(_ rows: Tensor) -> (mean: [Double], covariance: [Double]) {
  let (count, d) = (rows.shape[0], rows.shape[1])
  let values = (0..<count).map { rows.row($0).map(Double.init) }
  let mean = (0..<d).map { column in values.reduce(0) { $0 + $1[column] } / Double(count) }
  let covariance = (0..<d * d).map { index in
    let (a, b) = (index / d, index % d)
    return values.reduce(0) { $0 + ($1[a] - mean[a]) * ($1[b] - mean[b]) } / Double(count - 1)
  }
  return (mean, covariance)
}
