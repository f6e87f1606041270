import CKernels
import CKernelsReference
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The gradients that training uses, for every parameter tensor, against central differences of the double twin.
///
/// Errors are in units of the root mean square of the tensor's gradient. Right gradients are within 1.2e-5. Without
/// the variance's term in batch normalization the tensors below it are off by 0.09 to 1.5, without the derivative of
/// σ in spectral normalization by 0.02 to 0.14, and with a filter's gradient taken one row beside by 0.8 to 3.6.
struct GradientTests {
  private static let tolerance = 1e-4
  private static let imageShape = [3, 80, 80, 3]
  private static let networks = [
    NetworkConfiguration(architecture: .dcgan, latentSize: 6, width: 4),
    NetworkConfiguration(architecture: .paper, latentSize: 5, width: 4),
  ]

  // mean((G(E(x)) − x)²) with E in training and G in inference.
  @Test(arguments: networks) func encoderThroughFrozenGenerator(network: NetworkConfiguration) throws {
    let generator = liveParameters(network.generator, seed: 1)
    let encoder = liveParameters(network.encoder, seed: 2)
    let real = Self.images(seed: 3)
    let result = try EncoderTraining.gradients(
      network: network, generator: generator, encoder: encoder, real: real, threads: 2)
    let twins = (
      encoder: ReferenceNetwork(network.encoder, encoder, phase: .training),
      generator: ReferenceNetwork(network.generator, generator, phase: .inference)
    )
    let (x, frozen) = (ReferenceTensor(real), generator.inDouble)
    func loss(_ parameters: ReferenceParameters) -> Double {
      let y = twins.generator(twins.encoder(x, parameters), frozen)
      return ck_reference_mean_squared_error(y.values.count, y.values, x.values, nil)
    }
    #expect(abs(Double(result.loss) - loss(encoder.inDouble)) <= 1e-5)
    expectEveryTensor(result.gradients, of: network.encoder, at: encoder, seed: 4, loss: loss)
  }

  // −mean(log D(x)) − mean(log(1 − D(y))) with respect to D, in training: with dropout, with batch normalization of
  // real and generated images apart, and with spectral normalization, the singular vectors held fixed.
  @Test(arguments: [(networks[0], false), (networks[0], true), (networks[1], false)])
  func discriminator(network: NetworkConfiguration, isSpectrallyNormalized: Bool) {
    let layers = network.discriminator(isSpectrallyNormalized: isSpectrallyNormalized)
    let parameters = liveParameters(layers, seed: 11)
    let batches = [Self.images(seed: 12), Self.images(seed: 13)]
    let tape = Tape(threads: 2)
    let binding = Binding(parameters, on: tape, isTrained: true, phase: .training, seed: 14)
    let losses = zip(batches, [1, 0] as [Float]).map { batch, target in
      layers(tape.constant(batch), binding).binaryCrossEntropy(
        targets: Tensor(shape: [3, 1], repeating: target))
    }
    let gradients = tape.gradients(of: losses[0].adding(losses[1]))
    let twin = ReferenceNetwork(layers, parameters, phase: .training, seed: 14)
    expectEveryTensor(gradients, of: layers, at: parameters, seed: 15) { moved in
      batches.enumerated().reduce(0) { sum, batch in
        let scores = twin(ReferenceTensor(batch.element), moved, evaluation: batch.offset)
        return sum + Self.crossEntropy(scores, target: batch.offset == 0 ? 1 : 0)
      }
    }
  }

  // −mean(log D(G(z))) with respect to G, both in training, D being constant.
  @Test(arguments: networks) func generatorThroughDiscriminator(network: NetworkConfiguration) {
    let judge = network.discriminator(isSpectrallyNormalized: network.architecture == .dcgan)
    let discriminator = liveParameters(judge, seed: 21)
    let generator = liveParameters(network.generator, seed: 22)
    var stream = RandomStream(seed: 23, name: "noise")
    let noise = stream.normal(shape: [3, network.latentSize])
    let tape = Tape(threads: 2)
    let made = network.generator(
      tape.constant(noise), Binding(generator, on: tape, isTrained: true, phase: .training))
    let scores = judge(
      made, Binding(discriminator, on: tape, isTrained: false, phase: .training, seed: 24))
    let gradients = tape.gradients(
      of: scores.binaryCrossEntropy(targets: Tensor(shape: [3, 1], repeating: 1)))
    let twins = (
      generator: ReferenceNetwork(network.generator, generator, phase: .training),
      discriminator: ReferenceNetwork(judge, discriminator, phase: .training, seed: 24)
    )
    let (z, frozen) = (ReferenceTensor(noise), discriminator.inDouble)
    expectEveryTensor(gradients, of: network.generator, at: generator, seed: 25) { moved in
      Self.crossEntropy(twins.discriminator(twins.generator(z, moved), frozen), target: 1)
    }
  }

  // The mean over the trunk's layers of mean((f(x̂) − f(x))²)/mean(f(x)²), with respect to the reconstructions x̂; what
  // is generated beside them has no photo to be like.
  @Test func featuresOfReconstructions() throws {
    var recipe = AutoencoderRecipe()
    (recipe.latentSize, recipe.width) = (6, 4)
    var training = AutoencoderTraining(recipe: recipe, attributes: 2, seed: 30)
    let trunk = DCGANNetworks(configuration: recipe.network).attributeDiscriminator(attributes: 2).trunk
    let parameters = liveParameters(trunk, seed: 31)
    var state = training.state
    state.merge(parameters)
    training.restore(state, step: 0)
    let (real, shown) = (Self.images(seed: 32), Self.images(seed: 33))
    let others = Self.images(seed: 34)
    let result = training.featureLoss(.concatenated([shown, others]), real, threads: 2)
    #expect(result.gradient.shape == [6, 80, 80, 3])
    let elements = result.gradient.elements
    let gradient = Tensor(shape: real.shape, elements: Array(elements.prefix(real.count)))
    #expect(elements.dropFirst(real.count).allSatisfy { $0 == 0 })

    let twins = trunk.layers.map { ReferenceNetwork(Sequential([$0]), parameters, phase: .training) }
    let frozen = parameters.inDouble
    func features(_ images: ReferenceTensor) -> [[Double]] {
      var x = images
      return twins.map { twin in
        x = twin(x, frozen)
        return x.values
      }
    }
    let wanted = features(ReferenceTensor(real))
    func loss(_ images: [Double]) -> Double {
      zip(features(ReferenceTensor(shape: real.shape, values: images)), wanted).reduce(0) { sum, pair in
        let squares = zip(pair.0, pair.1).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return sum + squares / pair.1.reduce(0) { $0 + $1 * $1 }
      } / Double(twins.count)
    }
    let expected = loss(shown.elements.map(Double.init))
    #expect(abs(Double(result.loss) - expected) <= 1e-5 * expected, "\(result.loss), not \(expected)")
    var point = Parameters()
    point["images"] = shown
    for comparison in comparisons(
      of: ["images": gradient], at: point, seed: 35, loss: { loss($0["images"] ?? []) })
    {
      #expect(comparison.error <= Self.tolerance, "\(comparison)")
    }

    let same = training.featureLoss(.concatenated([real, others]), real, threads: 2)
    #expect(same.loss == 0 && same.gradient.elements.allSatisfy { $0 == 0 })
  }

  private static func images(seed: UInt64) -> Tensor {
    Tensor(shape: imageShape, elements: randomFloats(count: imageShape.reduce(1, *), seed: seed))
  }

  private static func crossEntropy(_ scores: ReferenceTensor, target: Double) -> Double {
    let targets = [Double](repeating: target, count: scores.values.count)
    return ck_reference_binary_cross_entropy(targets.count, scores.values, targets, nil)
  }

  /// Every trainable tensor of the network has a gradient, and it is right.
  private func expectEveryTensor(
    _ gradients: [String: Tensor], of layers: Sequential, at parameters: Parameters, seed: UInt64,
    loss: (ReferenceParameters) -> Double
  ) {
    let trainable = layers.parameters.filter(\.isTrainable).map(\.path)
    #expect(!trainable.isEmpty && gradients.keys.sorted() == trainable.sorted())
    for comparison in comparisons(of: gradients, at: parameters, seed: seed, loss: loss) {
      #expect(comparison.error <= Self.tolerance, "\(comparison)")
    }
  }
}
