import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The features of a scorer are its network without the last layer and with the normalizations apart,
/// averaged.
struct ScorerFeaturesTests {
  @Test func featuresAreMeansOfTheLastActivations() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("Sources/LatentFaces/Resources/calibrating.safetensors")
    // More faces than one batch takes.
    let faces = (0..<67).map { randomImage(width: 80, height: 80, seed: UInt64($0)) }
    let features = try AttributeScorer(contentsOf: url, threads: 2).features(of: faces)
    #expect(features.shape == [67, 256])

    let tape = Tape(threads: 2)
    let binding = Binding(
      try Parameters(TensorFile(contentsOf: url)), on: tape, isTrained: false, phase: .inference)
    let activations = Self.trunk(tape.constant(Tensor(faces)), binding).value
    #expect(activations.shape == [67, 5, 5, 256])
    let elements = activations.elements
    let expected = (0..<67 * 256).map { index in
      (0..<25).reduce(0.0) { sum, place in
        sum + Double(elements[(index / 256 * 25 + place) * 256 + index % 256])
      } / 25
    }
    #expect(largestMagnitude(expected) > 0.1)
    // Sums of up to 16·128 products, with the normalization in the weights and apart.
    #expect(relativeError(features.elements, expected) <= roundingTolerance(terms: 16 * 128))
  }

  private static let trunk: Sequential = {
    let halving = ConvolutionGeometry(
      kernel: 4, stride: 2, padding: .init(top: 1, bottom: 1, left: 1, right: 1))
    let leaky = Activation.leakyReLU(slope: 0.2)
    func convolution(_ name: String, _ from: Int, _ to: Int, activation: Activation) -> Convolution {
      Convolution(
        Weight(
          path: "scorer." + name, hasBias: false, activation: activation,
          initialization: .normal(deviation: 0.02)),
        inChannels: from, outChannels: to, geometry: halving)
    }
    return Sequential(
      [convolution("input", 3, 32, activation: leaky)]
        + (1...3).flatMap { level -> [any Layer] in
          let channels = 32 << level
          return [
            convolution("block\(level)", channels / 2, channels, activation: .identity),
            BatchNorm(path: "scorer.block\(level).norm", channels: channels, activation: leaky),
          ]
        })
  }()
}
