import LatentArithmetic
import LatentCore

/// Generator and discriminator in training, one step at a time.
///
/// ``Training`` runs it on a folder of images.
package struct GANTraining: ImageTraining {
  package typealias Recipe = GANRecipe

  package static let lossNames = ["real", "generated", "generator"]
  /// The side of the sample sheet's square, in images.
  private static let sampleSide = 8

  /// The losses of a step: what the discriminator lost on real and on generated images, and the generator.
  package struct Losses: Sendable, Equatable {
    /// The discriminator's loss on real and on generated images, and the generator's.
    package var real: Float, generated: Float, generator: Float
  }

  /// What is trained and how; its number of steps and its flips are the training loop's business.
  package let recipe: GANRecipe
  /// Decides the first weights, the noise, dropout and augmentation.
  package let seed: UInt64
  private var trainedGenerator: TrainedParameters
  private var trainedDiscriminator: TrainedParameters
  /// The generator's running average, which starts at its first weights.
  private var average: Parameters
  private let networks: (generator: Sequential, discriminator: Sequential)

  /// Starts from fresh weights.
  package init(recipe: GANRecipe, seed: UInt64) {
    let networks = Self.networks(of: recipe)
    self.init(
      recipe: recipe, seed: seed, generator: Parameters(networks.generator.parameters, seed: seed),
      discriminator: Parameters(networks.discriminator.parameters, seed: seed))
  }

  /// Starts from given weights.
  package init(recipe: GANRecipe, seed: UInt64, generator: Parameters, discriminator: Parameters) {
    (self.recipe, self.seed) = (recipe, seed)
    trainedGenerator = TrainedParameters(
      generator, prefix: Model.Part.generator.prefix, by: recipe.generatorOptimizer)
    trainedDiscriminator = TrainedParameters(
      discriminator, prefix: "discriminator.", by: recipe.discriminatorOptimizer)
    average = generator
    networks = Self.networks(of: recipe)
  }

  private static func networks(of recipe: GANRecipe) -> (generator: Sequential, discriminator: Sequential) {
    (
      recipe.network.generator,
      recipe.network.discriminator(isSpectrallyNormalized: recipe.isDiscriminatorSpectrallyNormalized)
    )
  }

  /// How many steps were made.
  package var step: Int { trainedGenerator.step }
  package var imageSize: Int { recipe.network.imageSize }
  package var share = BatchShare.whole
  /// The generator's weights as they are.
  package var generator: Parameters { trainedGenerator.values }
  /// The discriminator's weights.
  package var discriminator: Parameters { trainedDiscriminator.values }
  /// The generator worth keeping: the running average where the recipe has one.
  package var result: Parameters { recipe.averageDecay == nil ? generator : average }

  /// One update of the discriminator and one of the generator, on noise drawn for this step.
  ///
  /// - Precondition: The shape is [batch, size, size, 3]; pixels are in −1...1.
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  package mutating func update(real: Tensor, threads: Int) throws -> Losses {
    var stream = RandomStream(seed: seed, name: "noise \(step)")
    let rows = share.whole(real.shape[0])
    func noise() -> Tensor {
      stream.normal(shape: [rows, recipe.network.latentSize]).part(share.own(of: rows))
    }
    return try update(
      real: real, noise: noise(), generatorNoise: recipe.drawsFreshNoise ? noise() : nil, threads: threads)
  }

  /// One update of the discriminator, then one of the generator.
  ///
  /// Without noise of its own the generator's update reuses the batch, and the record, that the discriminator saw.
  package mutating func update(
    real: Tensor, noise: Tensor, generatorNoise: Tensor?, threads: Int
  ) throws -> Losses {
    var augmentations = RandomStream(seed: seed, name: "augmentation \(step)")
    var (generated, realLoss, generatedLoss) = try updateDiscriminator(
      real: real, noise: noise, isGeneratorTrained: generatorNoise == nil, &augmentations, threads: threads)
    if let generatorNoise {
      generated = generate(generatorNoise, isTrained: true, threads: threads)
    }
    let generatorLoss = updateGenerator(generated, &augmentations)
    return Losses(real: realLoss, generated: generatedLoss, generator: generatorLoss)
  }

  private mutating func generate(_ noise: Tensor, isTrained: Bool, threads: Int) -> Variable {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(generator, on: tape, isTrained: isTrained, phase: .training)
    let images = networks.generator(tape.constant(noise), binding)
    trainedGenerator.merge(binding.updates)
    return images
  }

  /// Updates the discriminator; until it does so, between its passes, the step can be cancelled.
  ///
  /// Later it cannot: of half a step no training could be continued to the same bits, and to undo one, copies of all
  /// weights would have to be kept.
  private mutating func updateDiscriminator(
    real: Tensor, noise: Tensor, isGeneratorTrained: Bool, _ augmentations: inout RandomStream, threads: Int
  ) throws -> (generated: Variable, realLoss: Float, generatedLoss: Float) {
    let generatorBefore = trainedGenerator
    do {
      try Task.checkCancellation()
      let generated = generate(noise, isTrained: isGeneratorTrained, threads: threads)
      try Task.checkCancellation()
      let tape = Tape(threads: threads, share: share)
      let binding = discriminatorBinding(on: tape, isTrained: true)
      let realScores = scores(tape.constant(real), binding, &augmentations)
      try Task.checkCancellation()
      let generatedScores = scores(tape.constant(generated.value), binding, &augmentations)
      let realLoss = realScores.discriminatorLoss(recipe.loss, isReal: true)
      let generatedLoss = generatedScores.discriminatorLoss(recipe.loss, isReal: false)
      try Task.checkCancellation()
      let gradients = tape.gradients(of: realLoss.adding(generatedLoss))
      try Task.checkCancellation()
      trainedDiscriminator.merge(binding.updates)
      trainedDiscriminator.update(gradients: gradients, threads: threads)
      return (generated, realLoss.value.scalar, generatedLoss.value.scalar)
    } catch {
      // The running statistics that generating moved.
      trainedGenerator = generatorBefore
      throw error
    }
  }

  private mutating func updateGenerator(
    _ generated: Variable, _ augmentations: inout RandomStream
  ) -> Float {
    let tape = generated.tape
    let binding = discriminatorBinding(on: tape, isTrained: false)
    let loss = scores(generated, binding, &augmentations).generatorLoss(recipe.loss)
    let gradients = tape.gradients(of: loss)
    trainedGenerator.update(gradients: gradients, threads: tape.threads)
    if let decay = recipe.averageDecay {
      average.follow(generator, decay: decay, step: step, threads: tape.threads)
    }
    return loss.value.scalar
  }

  private func discriminatorBinding(on tape: Tape, isTrained: Bool) -> Binding {
    var stream = RandomStream(seed: seed, name: "dropout \(step) \(isTrained)")
    return Binding(discriminator, on: tape, isTrained: isTrained, phase: .training, seed: stream.next())
  }

  private func scores(
    _ images: Variable, _ binding: Binding, _ augmentations: inout RandomStream
  ) -> Variable {
    guard recipe.augments else { return networks.discriminator(images, binding) }
    let size = images.shape[1]
    return networks.discriminator(
      images.augmented { Augmentation(of: size, drawnFrom: &augmentations) }, binding)
  }
}

// MARK: - In the loop of steps

extension GANTraining {
  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    let losses = try update(real: images, threads: threads)
    return [losses.real, losses.generated, losses.generator]
  }

  /// Random images.
  package func sample(of photos: [Image], threads: Int) -> Image? {
    var stream = RandomStream(seed: seed, name: "samples")
    let noise = stream.normal(shape: [Self.sampleSide * Self.sampleSide, recipe.network.latentSize])
    let images = networks.generator.inferred(noise, result, threads: threads)
    return Image.tiled(Image.images(from: images), columns: Self.sampleSide)
  }

  package var state: Parameters {
    var state = trainedGenerator.state
    state.merge(trainedDiscriminator.state)
    if recipe.averageDecay != nil { state.merge(average.prefixed(with: "average.")) }
    return state
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    trainedGenerator.restore(state, step: step)
    trainedDiscriminator.restore(state, step: step)
    average = recipe.averageDecay == nil ? generator : state.removingPrefix("average.")
  }
}

// MARK: - Losses

extension Variable {
  /// What a discriminator loses that takes images to be real or not; `weights` are those of the images, [batch, 1], all 1
  /// where left out.
  func discriminatorLoss(_ loss: GANRecipe.Loss, isReal: Bool, weights: Tensor? = nil) -> Variable {
    switch loss {
    case .binaryCrossEntropy:
      let targets = Tensor(shape: shape, repeating: isReal ? 1 : 0)
      return weights.map { binaryCrossEntropy(targets: targets, weights: $0) }
        ?? binaryCrossEntropy(targets: targets)
    case .hinge:
      let one = tape.constant(Tensor(shape: shape, repeating: 1))
      let losses = scaled(by: isReal ? -1 : 1).adding(one).activated(by: .relu)
      return (weights.map { losses.scaledChannels(byEach: tape.constant($0)) } ?? losses).mean()
    }
  }

  func generatorLoss(_ loss: GANRecipe.Loss) -> Variable {
    switch loss {
    case .binaryCrossEntropy: binaryCrossEntropy(targets: Tensor(shape: shape, repeating: 1))
    case .hinge: mean().scaled(by: -1)
    }
  }
}

extension Augmentation {
  /// A change of the strength used in "Differentiable Augmentation": brightness ±½, saturation 0...2, contrast ½...3⁄2,
  /// shifts of up to an eighth of the image.
  fileprivate init(of size: Int, drawnFrom stream: inout RandomStream) {
    self.init()
    brightness = stream.uniform(in: -0.5...0.5)
    saturation = stream.uniform(in: 0...2)
    contrast = stream.uniform(in: 0.5...1.5)
    let reach = size / 8
    shiftDown = stream.index(below: 2 * reach + 1) - reach
    shiftRight = stream.index(below: 2 * reach + 1) - reach
  }
}
