import LatentArithmetic
import LatentCore

/// Encoder and generator in training together, with a discriminator that also tells attributes.
///
/// What is wanted, the most important first:
///
/// 1. G(E(x)) is x: mean squared error of the pixels, and of what the discriminator's layers make of both, since pixels
///    alone are content with a blur (Larsen and others 2016).
/// 2. A linear function of a code tells the attributes of its image, so that words have directions: a readout a = z·A + b
///    is trained along with the encoder.
/// 3. What the readout says, the generated image shows, of codes that no image has, too: codes of images with one attribute
///    inverted, and codes drawn from the distribution of all codes. The discriminator's second head is the judge;
///    so an edit that leaves the other readouts alone must leave the other attributes alone.
/// 4. Generated images look like photos: the discriminator's verdict (hinge loss).
///
/// The pulls are made commensurable where they meet, at the pixels and at the codes: each is scaled to a share of the
/// pixels' pull, by its norm over the batch. A fixed weight would have to follow the discriminator's gradients, which
/// grow by orders of magnitude during a training (Esser and others 2021 use the same remedy). An encoder trained
/// afterwards through a frozen GAN was rejected: the generator cannot draw most photos, and it stays at 17 dB. A
/// Gaussian posterior was rejected, since it blurs; codes are normalized instead and made white at the end.
package struct AutoencoderTraining: ImageTraining {
  package typealias Recipe = AutoencoderRecipe

  package static let lossNames = ["mse", "features", "readout", "real", "generated", "shown"]

  /// The losses of a step.
  package struct Losses: Sendable, Equatable {
    /// Mean squared error of the reconstructions, on the scale of −1...1.
    package var pixels: Float
    /// The squared distance of their features from those of the images, as a share of the latters' square.
    package var features: Float
    /// Cross-entropy of the readout.
    package var readout: Float
    /// The discriminator's loss on images and on generated images.
    package var real: Float, generated: Float
    /// Cross-entropy of the attributes that the generated images show.
    package var shown: Float
  }

  /// What is trained and how; its number of steps and its flips are the training loop's business.
  package let recipe: AutoencoderRecipe
  /// How many attributes an image can have.
  package let attributes: Int
  /// Decides the first weights, the codes drawn and the shifts.
  package let seed: UInt64
  private var trainedEncoder: TrainedParameters
  private var trainedGenerator: TrainedParameters
  private var readout: AttributeReadout
  var trainedDiscriminator: TrainedParameters
  /// The running averages of encoder and generator.
  private var average: Parameters
  private let encoder: Sequential
  private let generator: Sequential
  let discriminator: AttributeDiscriminator

  private static let averagePrefix = "average."
  private static let codesPath = "codes"

  /// Starts from fresh weights.
  package init(recipe: AutoencoderRecipe, attributes: Int, seed: UInt64) {
    (self.recipe, self.attributes, self.seed) = (recipe, attributes, seed)
    let networks = DCGANNetworks(configuration: recipe.network)
    (encoder, generator) = (networks.encoder(), networks.generator())
    discriminator = networks.attributeDiscriminator(attributes: attributes)
    readout = AttributeReadout(
      latentSize: recipe.latentSize, attributes: attributes, settings: recipe.readoutOptimizer, seed: seed)
    func trained(_ specifications: [ParameterSpecification], _ prefix: String, _ settings: Adam)
      -> TrainedParameters
    {
      TrainedParameters(Parameters(specifications, seed: seed), prefix: prefix, by: settings)
    }
    trainedEncoder = trained(encoder.parameters, Model.Part.encoder.prefix, recipe.optimizer)
    trainedGenerator = trained(generator.parameters, Model.Part.generator.prefix, recipe.optimizer)
    trainedDiscriminator = trained(
      discriminator.parameters, "discriminator.", recipe.discriminatorOptimizer)
    average = trainedEncoder.values
    average.merge(trainedGenerator.values)
  }

  /// How many steps were made.
  package var step: Int { trainedEncoder.step }
  package var imageSize: Int { recipe.imageSize }
  package var share = BatchShare.whole
  /// The averaged encoder and generator, which are worth keeping.
  package var result: (encoder: Parameters, generator: Parameters) {
    (
      average.filtered(byPrefix: Model.Part.encoder.prefix),
      average.filtered(byPrefix: Model.Part.generator.prefix)
    )
  }

  /// One update of all networks.
  ///
  /// - Parameters:
  ///   - real: Images, [batch, size, size, 3] in −1...1.
  ///   - labels: 1 for each attribute that an image has, [batch, attributes].
  ///   - threads: The most threads to use.
  /// - Returns: The losses before the update.
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  package mutating func update(real: Tensor, labels: Tensor, threads: Int) throws -> Losses {
    var stream = RandomStream(seed: seed, name: "codes \(step)")
    let begun = try begin(real: real, labels: labels, &stream, threads: threads)
    let judged = judge(begun.drawn.value, targets: begun.targets, &stream, threads: threads)
    let pixels = pixelLoss(begun.drawn.value, real, threads: threads)
    let features = featureLoss(begun.drawn.value, real, threads: threads)
    var gradients = begun.drawn.tape.gradients(
      of: begun.drawn,
      cotangent: pixels.gradient.adding(judged.gradient, asShare: recipe.judgedShare, of: share)
        .adding(features.gradient, asShare: recipe.featureShare, of: share))
    guard let pull = gradients.removeValue(forKey: Self.codesPath) else {
      preconditionFailure("A generated image depends on its code.")
    }
    trainedGenerator.update(gradients: gradients, threads: threads)
    let ofImages = pull.rows(share.places(ofFirst: real.shape[0], in: pull.shape[0]))
    trainedEncoder.update(
      gradients: begun.codes.tape.gradients(
        of: begun.codes,
        cotangent: ofImages.adding(begun.reading.gradient, asShare: recipe.readoutShare, of: share)),
      threads: threads)
    follow()
    return Losses(
      pixels: pixels.loss, features: features.loss, readout: begun.reading.loss, real: begun.verdict.real,
      generated: begun.verdict.generated, shown: judged.attributes)
  }

  /// The images' codes, what is generated of them and of others, and what readout and discriminator said of these.
  private struct Begun {
    let codes: Variable
    let drawn: Variable
    /// The attributes that the generated images should show.
    let targets: Tensor
    let reading: AttributeReadout.Reading
    let verdict: (real: Float, generated: Float)
  }

  /// The step up to the discriminator's update; until that is made, between the passes, it can be cancelled.
  ///
  /// Later it cannot: of half a step no training could be continued to the same bits, and to undo one, copies of all
  /// weights would have to be kept.
  private mutating func begin(
    real: Tensor, labels: Tensor, _ stream: inout RandomStream, threads: Int
  ) throws -> Begun {
    let before = (encoder: trainedEncoder, generator: trainedGenerator, readout: readout)
    do {
      try Task.checkCancellation()
      let encoding = Tape(threads: threads, share: share)
      let encoderBinding = Binding(trainedEncoder.values, on: encoding, isTrained: true, phase: .training)
      let codes = encoder(encoding.constant(real), encoderBinding)
      trainedEncoder.merge(encoderBinding.updates)
      try Task.checkCancellation()

      let reading = readout.update(codes: codes.value, labels: labels, share: share, threads: threads)
      let others = readout.otherCodes(
        than: codes.value, labels, logits: reading.logits,
        edited: min(recipe.edited, share.whole(real.shape[0])), sampled: recipe.sampled, share: share, &stream
      )

      let drawing = Tape(threads: threads, share: share)
      let generatorBinding = Binding(trainedGenerator.values, on: drawing, isTrained: true, phase: .training)
      let drawn = generator(
        drawing.watch(share.joined([codes.value, others.codes]), path: Self.codesPath), generatorBinding)
      trainedGenerator.merge(generatorBinding.updates)
      try Task.checkCancellation()

      let verdict = try updateDiscriminator(
        real: real, labels: labels, generated: drawn.value, &stream, threads: threads)
      return Begun(
        codes: codes, drawn: drawn, targets: share.joined([labels, others.targets]), reading: reading,
        verdict: verdict)
    } catch {
      (trainedEncoder, trainedGenerator, readout) = before
      throw error
    }
  }

  /// Lets the running averages follow encoder and generator.
  private mutating func follow() {
    var values = trainedEncoder.values
    values.merge(trainedGenerator.values)
    average.follow(values, decay: recipe.averageDecay, step: step, threads: 1)
  }

  private mutating func updateDiscriminator(
    real: Tensor, labels: Tensor, generated: Tensor, _ stream: inout RandomStream, threads: Int
  ) throws -> (real: Float, generated: Float) {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trainedDiscriminator.values, on: tape, isTrained: true, phase: .training)
    let ofReal = discriminator(tape.constant(real).shifted(&stream), binding)
    try Task.checkCancellation()
    let ofGenerated = discriminator(tape.constant(generated).shifted(&stream), binding)
    let realLoss = ofReal.score.discriminatorLoss(.hinge, isReal: true)
    let generatedLoss = ofGenerated.score.discriminatorLoss(.hinge, isReal: false)
    let loss = realLoss.adding(generatedLoss)
      .adding(ofReal.attributes.binaryCrossEntropy(targets: labels).scaled(by: summed))
    try Task.checkCancellation()
    let gradients = tape.gradients(of: loss)
    try Task.checkCancellation()
    trainedDiscriminator.merge(binding.updates)
    trainedDiscriminator.update(gradients: gradients, threads: threads)
    return (realLoss.value.scalar, generatedLoss.value.scalar)
  }

  /// Turns the mean over attributes into a weighted sum.
  var summed: Float { recipe.attributeWeight * Float(attributes) }
}

// MARK: - In the loop of steps

extension AutoencoderTraining {
  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    let losses = try update(
      real: images, labels: .targets(of: entries[share.own(of: entries.count)], attributes: attributes),
      threads: threads)
    return [losses.pixels, losses.features, losses.readout, losses.real, losses.generated, losses.shown]
  }

  /// Photos above their reconstructions.
  package func sample(of photos: [Image], threads: Int) -> Image? {
    recipe.network.reconstructions(
      of: photos, encoder: result.encoder, generator: result.generator, threads: threads)
  }

  private var parts: [WritableKeyPath<Self, TrainedParameters>] {
    [\.trainedEncoder, \.trainedGenerator, \.trainedDiscriminator]
  }

  package var state: Parameters {
    var state = average.prefixed(with: Self.averagePrefix)
    state.merge(readout.state)
    for part in parts { state.merge(self[keyPath: part].state) }
    return state
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    average = state.removingPrefix(Self.averagePrefix)
    readout.restore(state, step: step)
    for part in parts { self[keyPath: part].restore(state, step: step) }
  }
}
