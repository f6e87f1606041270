import LatentArithmetic
import LatentCore
import LatentText

/// A joint model of images and texts in training, by the pairwise sigmoid loss with known answers.
///
/// Each image of a step is compared with each of the captions, and whether the two fit is known of the image's attributes:
///
///     L = mean over images i and captions j of log(1 + exp(−y_ij·(s·⟨Iᵢ, Tⱼ⟩ + b))),  y_ij = ±1
///
/// Zhai and others take every caption but an image's own to be wrong, which of captions made of labels many are not, and
/// start at b = −10 for one right answer in a batch; here a good part is right, and b starts at 0.
///
/// Source: Zhai and others, "Sigmoid Loss for Language Image Pre-Training", 2023.
package struct JointTraining: ImageTraining {
  package typealias Recipe = JointRecipe

  package static let lossNames = ["cross-entropy"]
  package var imageSize: Int { ScorerConfiguration.imageSize }

  private let recipe: JointRecipe
  private let attributes: Int
  private let seed: UInt64
  private let network: JointNetwork
  private var trained: AveragedParameters
  package var share = BatchShare.whole

  /// Starts from fresh weights.
  package init(recipe: JointRecipe, configuration: JointConfiguration, seed: UInt64) {
    (self.recipe, self.seed, attributes) = (recipe, seed, configuration.attributes.count)
    network = JointNetwork(configuration)
    trained = AveragedParameters(
      Parameters(network.parameters, seed: seed), prefix: "joint.", by: recipe.optimizer,
      averageDecay: recipe.averageDecay)
  }

  package var step: Int { trained.step }
  /// The running average of the weights and statistics, which is worth keeping.
  var average: Parameters { trained.average }

  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    var random = RandomStream(seed: seed, name: "captions \(step)")
    let drawn = Captions.drawn(recipe.captions, attributes: attributes, for: entries, &random)
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let features = network.image(tape.constant(images), binding).unitLength()
    let texts = network.features(ofCoordinates: drawn.coordinates, binding)
    let loss = network.logits(features, texts, binding).binaryCrossEntropy(
      targets: drawn.targets.part(share.own(of: entries.count)))
    try Task.checkCancellation()
    let gradients = tape.gradients(of: loss)
    trained.update(gradients: gradients, binding.updates, threads: threads)
    return [loss.value.scalar]
  }

  package var state: Parameters { trained.state }

  package mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }

  package func sample(of photos: [Image], threads: Int) -> Image? { nil }
}
