import Foundation
import LatentArithmetic
import LatentCore

/// Trains an encoder on a folder of images.
package struct EncoderTrainer: SampledWork {
  package static let lossNames = ["mse"]

  private let model: Model
  private let record: RunRecord<EncoderRecipe>
  private let images: [URL]
  private let shown: [Image]
  private let threads: Int
  private var training: EncoderTraining
  private var stream: ImageStream

  /// Makes a trainer for the generator of `model`; `shown` are images for the sample sheet.
  package init(
    model: Model, record: RunRecord<EncoderRecipe>, images: [URL], shown: [Image], threads: Int
  ) throws {
    let recipe = record.recipe
    self.record = record
    (self.model, self.images, self.shown, self.threads) = (model, images, shown, threads)
    let network = model.network
    training = EncoderTraining(
      network: network, settings: recipe.optimizer, generator: try model.parameters(of: .generator),
      encoder: Parameters(network.encoder.parameters, seed: record.seed))
    stream = try recipe.stream(of: images, seed: record.seed)
  }

  package var step: Int { training.step }
  package var steps: Int { record.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity }
  /// The trained encoder.
  package var encoder: Parameters { training.encoder }

  package mutating func advance() throws -> [Float] {
    [try training.update(real: stream.next().images, threads: threads)]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = record.recipe.stream(ofEnough: images, seed: record.seed, startingAt: step)
  }

  /// Images above their reconstructions.
  package func sample() throws -> Image? {
    model.network.reconstructions(
      of: shown, encoder: encoder, generator: try model.parameters(of: .generator), threads: threads)
  }
}

extension NetworkConfiguration {
  /// Images above their reconstructions, nil where there are none.
  func reconstructions(
    of images: [Image], encoder: Parameters, generator: Parameters, threads: Int
  ) -> Image? {
    if images.isEmpty { return nil }
    let codes = self.encoder.inferred(Tensor(images), encoder, threads: threads)
    let drawn = self.generator.inferred(codes, generator, threads: threads)
    return Image.tiled(images + Image.images(from: drawn), columns: images.count)
  }
}
