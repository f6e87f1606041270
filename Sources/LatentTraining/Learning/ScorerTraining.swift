import LatentArithmetic
import LatentCore

/// A scorer in training: it minimizes the mean binary cross-entropy of all attributes.
package struct ScorerTraining: ImageTraining {
  package typealias Recipe = ScorerRecipe

  package static let lossNames = ["cross-entropy"]

  private let recipe: ScorerRecipe
  private let attributes: Int
  private let layers: Sequential
  private var trained: AveragedParameters
  package var share = BatchShare.whole

  /// Starts from fresh weights.
  package init(recipe: ScorerRecipe, attributes: Int, seed: UInt64) {
    (self.recipe, self.attributes) = (recipe, attributes)
    layers = recipe.network.layers(outputs: attributes)
    trained = AveragedParameters(
      Parameters(layers.parameters, seed: seed), prefix: "scorer.", by: recipe.optimizer,
      averageDecay: recipe.averageDecay)
  }

  package var step: Int { trained.step }
  /// The running average of the weights and statistics, which is worth keeping.
  var average: Parameters { trained.average }
  package var imageSize: Int { ScorerConfiguration.imageSize }

  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let loss = layers(tape.constant(images), binding)
      .binaryCrossEntropy(
        targets: .targets(of: entries[share.own(of: entries.count)], attributes: attributes))
    try Task.checkCancellation()
    let gradients = tape.gradients(of: loss)
    trained.update(gradients: gradients, binding.updates, threads: threads)
    return [loss.value.scalar]
  }

  package var state: Parameters { trained.state }

  package mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }

  package func sample(of photos: [Image], threads: Int) -> Image? { nil }
}
