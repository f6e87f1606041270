import LatentArithmetic
import LatentCore

/// The word projector in training.
///
/// Each step takes pairs of images. A word is active in a pair whose two images differ in its attribute; inactive
/// words take no part (their zero embeddings would otherwise be projected and added), and a word that goes from
/// present to absent is fed as it is, the sign being θ's.
///
/// The codes should be white, and the projector that results is not calibrated; ``ProjectorTrainer`` sees to both where the
/// recipe does not leave it out.
package struct ProjectorTraining: Sendable {
  /// What a step reports.
  package struct Losses: Sendable, Equatable {
    /// The mean over pairs and dimensions of the squared error.
    package var loss: Float
    /// 1 − Σ‖u‖²/Σ‖D‖² over the batch, D being the difference of the latents and u the error: by addition, what is
    /// left of D; by averaging, the distance from the target.
    package var explainedVariance: Float
  }

  /// What is minimized and how; its number of steps and its batch are the training loop's business.
  package let recipe: ProjectorRecipe
  /// The words' vectors, [words, dimension].
  private let embeddings: Tensor
  private let data: LabeledLatents
  private var trained: TrainedParameters
  /// The projector's weights as they are.
  package var projector: Parameters { trained.values }
  /// How many steps were made.
  package var step: Int { trained.step }

  /// Starts from fresh weights.
  ///
  /// - Precondition: There is an embedding, a row of the shape [words, dimension], for each word of the data.
  package init(recipe: ProjectorRecipe, embeddings: Tensor, data: LabeledLatents, seed: UInt64) {
    precondition(
      embeddings.shape.count == 2 && embeddings.shape[0] == data.words,
      "Embeddings of shape \(embeddings.shape) do not fit \(data.words) words.")
    let network = ProjectorNetwork(
      dimension: embeddings.shape[1], hiddenUnits: recipe.hiddenUnits, latentSize: data.latents.shape[1])
    self.init(
      recipe: recipe, embeddings: embeddings, data: data,
      projector: Parameters(network.layers.parameters, seed: seed))
  }

  /// Starts from given weights.
  package init(recipe: ProjectorRecipe, embeddings: Tensor, data: LabeledLatents, projector: Parameters) {
    (self.recipe, self.embeddings, self.data) = (recipe, embeddings, data)
    trained = TrainedParameters(projector, prefix: Model.Part.projector.prefix, by: recipe.optimizer)
  }

  /// One update on pairs of images, from the first of each to the second; returns the losses before it.
  ///
  /// - Precondition: Each number names an image of the data.
  package mutating func update(pairs: [(source: Int, target: Int)], threads: Int) -> Losses {
    let (losses, gradients) = gradients(on: pairs, threads: threads)
    trained.update(gradients: gradients, threads: threads)
    return losses
  }

  /// The losses on pairs of images and their gradient with respect to the projector, without an update.
  package func gradients(
    on pairs: [(source: Int, target: Int)], threads: Int
  ) -> (losses: Losses, gradients: [String: Tensor]) {
    let tape = Tape(threads: threads)
    let (loss, losses) = evaluate(pairs, of: data, on: tape)
    return (losses, tape.gradients(of: loss))
  }

  /// The losses on pairs of other images, without an update.
  package func losses(
    on data: LabeledLatents, pairs: [(source: Int, target: Int)], threads: Int
  ) -> Losses {
    evaluate(pairs, of: data, on: Tape(threads: threads)).losses
  }

  private func evaluate(
    _ pairs: [(source: Int, target: Int)], of data: LabeledLatents, on tape: Tape
  ) -> (loss: Variable, losses: Losses) {
    let network = ProjectorNetwork(parameters: projector, latentSize: data.latents.shape[1])
    let directions = network.layers(
      tape.constant(embeddings), Binding(projector, on: tape, isTrained: true, phase: .training))
    let batch = Pairs(pairs, of: data)
    let loss: Variable =
      switch recipe.method {
      case .signedAddition: batch.signedLoss(of: directions)
      case .addition: batch.thetaLoss(of: directions)
      case .averaging: batch.averagingLoss(of: directions)
      }
    return (loss, batch.losses(loss.value.scalar))
  }

  /// All tensors that a continued training needs.
  package var state: Parameters { trained.state }

  /// Continues from a checkpoint.
  ///
  /// - Precondition: The state is that of a training of the same projector.
  package mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }
}
