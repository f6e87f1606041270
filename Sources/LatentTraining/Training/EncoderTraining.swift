import Foundation
import LatentArithmetic
import LatentCore

/// Everything that decides how an encoder is trained, besides the images and the seed.
public struct EncoderRecipe: TrainingRecipe, Equatable {
  /// The optimizer.
  package var optimizer = Adam(rate: 2e-4, beta1: 0.5)
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 64
  /// How many steps a training takes.
  public var steps = 1000

  /// The recipe of the paper, with flips and a smaller batch.
  public init() {}
}

/// An encoder in training: it minimizes MSE(G(E(x)), x) through a frozen generator.
///
/// The generator's batch normalization is in inference. ``Training`` runs it on a folder of images; a training loop
/// of one's own calls ``update(real:threads:)``.
public struct EncoderTraining: Sendable {
  private let network: NetworkConfiguration
  private let generator: Parameters
  private var trained: TrainedParameters
  /// The encoder's weights as they are.
  public var encoder: Parameters { trained.values }
  /// How many steps were made.
  public var step: Int { trained.step }

  /// Starts from given weights of the encoder; the generator is not changed.
  package init(
    network: NetworkConfiguration, settings: Adam, generator: Parameters, encoder: Parameters
  ) {
    (self.network, self.generator) = (network, generator)
    trained = TrainedParameters(encoder, prefix: Model.Part.encoder.prefix, by: settings)
  }

  /// One update; returns the mean squared error before it, on the scale of −1...1.
  ///
  /// - Precondition: The shape is [batch, 80, 80, 3].
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  public mutating func update(real: Tensor, threads: Int) throws -> Float {
    let (loss, gradients, updates) = try Self.gradients(
      network: network, generator: generator, encoder: encoder, real: real, threads: threads)
    trained.merge(updates)
    trained.update(gradients: gradients, threads: threads)
    return loss
  }

  /// The loss on a batch, its gradient with respect to the encoder, and the encoder's new running statistics.
  package static func gradients(
    network: NetworkConfiguration, generator: Parameters, encoder: Parameters, real: Tensor, threads: Int
  ) throws -> (loss: Float, gradients: [String: Tensor], updates: Parameters) {
    let tape = Tape(threads: threads)
    let trained = Binding(encoder, on: tape, isTrained: true, phase: .training)
    let frozen = Binding(generator, on: tape, isTrained: false, phase: .inference)
    let codes = network.encoder(tape.constant(real), trained)
    try Task.checkCancellation()
    let loss = network.generator(codes, frozen).meanSquaredError(to: real)
    try Task.checkCancellation()
    return (loss.value.scalar, tape.gradients(of: loss), trained.updates)
  }

  /// All tensors that a continued training needs.
  public var state: Parameters { trained.state }

  /// Continues from a checkpoint.
  ///
  /// - Precondition: The state is that of a training of the same network.
  public mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }
}
