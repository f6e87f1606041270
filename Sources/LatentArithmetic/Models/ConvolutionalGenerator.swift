import Foundation
import LatentCore

/// A generator of convolutions: that of a model, or of a foreign checkpoint.
public struct ConvolutionalGenerator: DifferentiableGenerator {
  public let latentSize: Int
  public let imageSize: Int
  package let network: InferenceNetwork
  package let threads: Int
  /// What random codes are drawn from; nil for N(0, I).
  private let distribution: GaussianMixture?

  /// Takes the generator out of a model.
  ///
  /// - Throws: ``ModelError`` when the model has none.
  public init(
    _ model: Model, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(ModelError) {
    self.init(
      latentSize: model.network.latentSize, imageSize: model.network.imageSize,
      network: InferenceNetwork(model.network.generator, try model.parameters(of: .generator)),
      distribution: model.randomCodes, threads: threads)
  }

  package init(
    latentSize: Int, imageSize: Int, network: InferenceNetwork, distribution: GaussianMixture?, threads: Int
  ) {
    (self.latentSize, self.imageSize) = (latentSize, imageSize)
    (self.network, self.distribution, self.threads) = (network, distribution, threads)
  }

  public func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
    guard !codes.isEmpty else { return [] }
    return Image.images(from: images(of: batch(of: codes)))
  }

  /// Codes of the distribution that the model has for them, or else of independent standard normal numbers.
  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<ZSpace>] {
    distribution?.codes(count, seed: seed) ?? normalCodes(count, seed: seed)
  }

  public func images(of codes: Variable) -> Variable { network(codes) }

  /// The images of a batch of codes, [batch, latentSize] → [batch, size, size, 3] in −1 … 1.
  package func images(of codes: Tensor) -> Tensor { network(codes, threads: threads) }

  public func inversion(
    of image: Image, from code: Latent<ZSpace>, by refinement: Refinement,
    report: (StepProgress) -> Void
  ) throws -> Inversion<ZSpace> {
    check(code)
    let objective = InversionObjective(
      network, parts: refinement.parts, target: target(image), threads: threads)
    var search = InversionSearch(objective, from: code.values, by: refinement, threads: threads)
    let best = try search.run(report: report)
    let refined = refinement.parts == .code ? network : network.absorbing(best.point)
    return Inversion(
      code: Latent(best.code),
      generator: ConvolutionalGenerator(
        latentSize: latentSize, imageSize: imageSize, network: refined, distribution: distribution,
        threads: threads))
  }
}
