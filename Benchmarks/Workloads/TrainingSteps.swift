import LatentArithmetic
import LatentCore
import LatentTraining

extension Benchmark {
  private static let batch = 64

  /// The steps that train generator and encoder, Adam included.
  static let trainingSteps =
    NetworkConfiguration.measured.map { name, network in
      Benchmark("gan step \(name) B\(batch)") { GANStep(network: network, batch: batch, threads: $0) }
    }
    + NetworkConfiguration.measured.map { name, network in
      Benchmark("encoder step \(name) B\(batch)") { EncoderStep(network: network, batch: batch, threads: $0) }
    }
}

/// One update of the discriminator on real and generated images, one of the generator on the same generated ones.
private struct GANStep: Workload {
  private var training: GANTraining
  private let images: Tensor
  private let threads: Int

  /// Both families train by the plain method, so that a step is the same work everywhere: binary cross-entropy, no
  /// augmentation, no average, batch normalization where the family has it.
  init(network: NetworkConfiguration, batch: Int, threads: Int) {
    var recipe = GANRecipe.paper
    recipe.network = network
    recipe.drawsFreshNoise = false
    training = GANTraining(recipe: recipe, seed: 1)
    training.share = BatchShare(ranks: .alone, slices: BatchShare.slices(of: batch))
    images = .images(batch)
    self.threads = threads
  }

  mutating func iterate() throws -> Tensor {
    let losses = try training.update(real: images, threads: threads)
    return Tensor(shape: [3], elements: [losses.real, losses.generated, losses.generator])
  }
}

/// One update of the encoder through the frozen generator.
private struct EncoderStep: Workload {
  private var training: EncoderTraining
  private let images: Tensor
  private let threads: Int

  init(network: NetworkConfiguration, batch: Int, threads: Int) {
    training = EncoderTraining(
      network: network, settings: EncoderRecipe().optimizer,
      generator: Parameters(network.generator.parameters, seed: 1),
      encoder: Parameters(network.encoder.parameters, seed: 1))
    training.share = BatchShare(ranks: .alone, slices: BatchShare.slices(of: batch))
    images = .images(batch)
    self.threads = threads
  }

  mutating func iterate() throws -> Tensor {
    Tensor(shape: [], repeating: try training.update(real: images, threads: threads))
  }
}
