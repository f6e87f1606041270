import Foundation
import LatentArithmetic
import LatentCore

/// Trains a generator on a folder of images.
package struct GANTrainer: SampledWork {
  package static let lossNames = ["real", "generated", "generator"]
  /// The side of the sample sheet's square, in images.
  private static let sampleSide = 8

  private var training: GANTraining
  private let images: [URL]
  private var stream: ImageStream
  private let threads: Int

  package init(recipe: GANRecipe, images: [URL], seed: UInt64, threads: Int) throws {
    training = GANTraining(recipe: recipe, seed: seed)
    self.images = images
    self.threads = threads
    stream = try recipe.stream(of: images, seed: seed)
  }

  package var step: Int { training.step }
  package var steps: Int { training.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity }
  /// Recipe, seed and number of images.
  var record: RunRecord<GANRecipe> {
    RunRecord(recipe: training.recipe, seed: training.seed, images: images.count)
  }
  /// The trained generator.
  package var generator: Parameters { training.result }

  package mutating func advance() throws -> [Float] {
    let losses = try training.update(real: try stream.next().images, threads: threads)
    return [losses.real, losses.generated, losses.generator]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = training.recipe.stream(ofEnough: images, seed: training.seed, startingAt: step)
  }

  package func sample() -> Image? {
    let recipe = training.recipe
    var stream = RandomStream(seed: training.seed, name: "samples")
    let noise = stream.normal(shape: [Self.sampleSide * Self.sampleSide, recipe.network.latentSize])
    let images = recipe.network.generator.inferred(noise, training.result, threads: threads)
    return Image.tiled(Image.images(from: images), columns: Self.sampleSide)
  }
}
