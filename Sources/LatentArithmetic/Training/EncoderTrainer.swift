import Foundation
import LatentCore

/// Trains an encoder on a folder of pictures.
package struct EncoderTrainer: Trainee {
  package static let lossNames = ["mse"]

  private let model: Model
  private let record: TrainingRecord<EncoderRecipe>
  private let pictures: [URL]
  private let shown: [Image]
  private let threads: Int
  private var training: EncoderTraining
  private var stream: PictureStream

  /// Makes a trainer for the generator of `model`; `shown` are pictures for the sample sheet.
  package init(
    model: Model, record: TrainingRecord<EncoderRecipe>, pictures: [URL], shown: [Image], threads: Int
  ) throws {
    let recipe = record.recipe
    self.record = record
    (self.model, self.pictures, self.shown, self.threads) = (model, pictures, shown, threads)
    let network = model.network
    training = EncoderTraining(
      network: network, settings: recipe.optimizer, generator: try model.parameters(of: .generator),
      encoder: Parameters(network.encoder.parameters, seed: record.seed))
    stream = try recipe.stream(of: pictures, seed: record.seed)
  }

  package var step: Int { training.step }
  package var steps: Int { record.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity }
  /// The trained encoder.
  package var encoder: Parameters { training.encoder }

  package mutating func advance() throws -> [Float] {
    [try training.update(real: stream.next().pictures, threads: threads)]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = record.recipe.stream(ofEnough: pictures, seed: record.seed, startingAt: step)
  }

  /// Pictures above their reconstructions.
  package func sample() throws -> Image? {
    model.network.reconstructions(
      of: shown, encoder: encoder, generator: try model.parameters(of: .generator), threads: threads)
  }
}

extension NetworkConfiguration {
  /// Pictures above their reconstructions, nil where there are none.
  func reconstructions(
    of pictures: [Image], encoder: Parameters, generator: Parameters, threads: Int
  ) -> Image? {
    if pictures.isEmpty { return nil }
    let codes = self.encoder.inferred(Tensor(pictures), encoder, threads: threads)
    let drawn = self.generator.inferred(codes, generator, threads: threads)
    return Image.tiled(pictures + Image.images(from: drawn), columns: pictures.count)
  }
}
