import Foundation
import LatentCore

/// Trains a generator on a folder of pictures.
package struct GANTrainer: Trainee {
  package static let lossNames = ["real", "generated", "generator"]
  /// The side of the sample sheet's square, in pictures.
  private static let sampleSide = 8

  private var training: GANTraining
  private let pictures: [URL]
  private var stream: PictureStream
  private let threads: Int

  package init(recipe: GANRecipe, pictures: [URL], seed: UInt64, threads: Int) throws {
    training = GANTraining(recipe: recipe, seed: seed)
    self.pictures = pictures
    self.threads = threads
    stream = try recipe.stream(of: pictures, seed: seed)
  }

  package var step: Int { training.step }
  package var steps: Int { training.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity }
  /// Recipe, seed and number of pictures.
  var record: TrainingRecord<GANRecipe> {
    TrainingRecord(recipe: training.recipe, seed: training.seed, pictures: pictures.count)
  }
  /// The trained generator.
  package var generator: Parameters { training.result }

  package mutating func advance() throws -> [Float] {
    let losses = try training.update(real: try stream.next().pictures, threads: threads)
    return [losses.real, losses.generated, losses.generator]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = training.recipe.stream(ofEnough: pictures, seed: training.seed, startingAt: step)
  }

  package func sample() -> Image? {
    let recipe = training.recipe
    var stream = RandomStream(seed: training.seed, name: "samples")
    let noise = stream.normal(shape: [Self.sampleSide * Self.sampleSide, recipe.network.latentSize])
    let pictures = recipe.network.generator.inferred(noise, training.result, threads: threads)
    return Image.tiled(Image.images(from: pictures), columns: Self.sampleSide)
  }
}

extension Sequential {
  /// The network's output in inference, with nothing recorded.
  package func inferred(_ x: Tensor, _ parameters: Parameters, threads: Int) -> Tensor {
    InferenceNetwork(self, parameters)(x, threads: threads)
  }
}
