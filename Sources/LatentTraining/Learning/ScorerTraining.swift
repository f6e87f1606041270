import LatentArithmetic
import LatentCore

/// A scorer in training: it minimizes the mean binary cross-entropy of all attributes.
package struct ScorerTraining: ImageTraining {
  package typealias Recipe = ScorerRecipe

  package static let lossNames = ["cross-entropy"]
  private static let averagePrefix = "average."

  private let recipe: ScorerRecipe
  private let attributes: Int
  private let layers: Sequential
  private var trained: TrainedParameters
  /// The running average of the weights and statistics, which is worth keeping.
  private(set) var average: Parameters

  /// Starts from fresh weights.
  package init(recipe: ScorerRecipe, attributes: Int, seed: UInt64) {
    (self.recipe, self.attributes) = (recipe, attributes)
    layers = recipe.network.layers(outputs: attributes)
    let start = Parameters(layers.parameters, seed: seed)
    trained = TrainedParameters(start, prefix: "scorer.", by: recipe.optimizer)
    average = start
  }

  package var step: Int { trained.step }
  package var imageSize: Int { ScorerConfiguration.imageSize }

  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    let tape = Tape(threads: threads)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let loss = layers(tape.constant(images), binding)
      .binaryCrossEntropy(targets: .targets(of: entries, attributes: attributes))
    try Task.checkCancellation()
    let gradients = tape.gradients(of: loss)
    trained.merge(binding.updates)
    trained.update(gradients: gradients, threads: threads)
    average.average(with: trained.values, decay: recipe.averageDecay, threads: threads)
    return [loss.value.scalar]
  }

  package var state: Parameters {
    var state = trained.state
    state.merge(average.prefixed(with: Self.averagePrefix))
    return state
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    average = state.removingPrefix(Self.averagePrefix)
    trained.restore(state, step: step)
  }

  package func sample(of photos: [Image], threads: Int) -> Image? { nil }
}
