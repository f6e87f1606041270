import LatentArithmetic
import LatentCore

/// An encoder in training: it minimizes MSE(G(E(x)), x) through a frozen generator.
///
/// The generator's batch normalization is in inference. ``Training`` runs it on a folder of images.
package struct EncoderTraining: ImageTraining {
  package typealias Recipe = EncoderRecipe

  package static let lossNames = ["mse"]

  private let network: NetworkConfiguration
  private let generator: Parameters
  private var trained: TrainedParameters
  /// The encoder's weights as they are.
  package var encoder: Parameters { trained.values }
  /// How many steps were made.
  package var step: Int { trained.step }
  package var imageSize: Int { network.imageSize }
  package var share = BatchShare.whole

  /// Starts from given weights of the encoder; the generator is not changed.
  package init(
    network: NetworkConfiguration, settings: Adam, generator: Parameters, encoder: Parameters
  ) {
    (self.network, self.generator) = (network, generator)
    trained = TrainedParameters(encoder, prefix: Model.Part.encoder.prefix, by: settings)
  }

  /// One update; returns the mean squared error before it, on the scale of −1...1.
  ///
  /// - Precondition: The shape is [batch, size, size, 3].
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  package mutating func update(real: Tensor, threads: Int) throws -> Float {
    let (loss, gradients, updates) = try Self.gradients(
      network: network, generator: generator, encoder: encoder, real: real, share: share, threads: threads)
    trained.merge(updates)
    trained.update(gradients: gradients, threads: threads)
    return loss
  }

  /// The loss on a batch, its gradient with respect to the encoder, and the encoder's new running statistics.
  package static func gradients(
    network: NetworkConfiguration, generator: Parameters, encoder: Parameters, real: Tensor,
    share: BatchShare = .whole, threads: Int
  ) throws -> (loss: Float, gradients: [String: Tensor], updates: Parameters) {
    let tape = Tape(threads: threads, share: share)
    let trained = Binding(encoder, on: tape, isTrained: true, phase: .training)
    let frozen = Binding(generator, on: tape, isTrained: false, phase: .inference)
    let codes = network.encoder(tape.constant(real), trained)
    try Task.checkCancellation()
    let loss = network.generator(codes, frozen).meanSquaredError(to: real)
    try Task.checkCancellation()
    return (loss.value.scalar, tape.gradients(of: loss), trained.updates)
  }
}

// MARK: - In the loop of steps

extension EncoderTraining {
  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    [try update(real: images, threads: threads)]
  }

  /// Photos above their reconstructions.
  package func sample(of photos: [Image], threads: Int) -> Image? {
    network.reconstructions(of: photos, encoder: encoder, generator: generator, threads: threads)
  }

  package var state: Parameters { trained.state }

  package mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }
}
