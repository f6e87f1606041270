import LatentArithmetic
import LatentCore

/// Everything that decides how encoder and generator are trained together, besides the data and the seed.
public struct AutoencoderRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// How faces are cut out, unless ``ImageDataset/framing`` says how they were.
  public var alignment = FaceAlignment.celebaWide
  /// How many numbers a code has.
  public var latentSize = 200
  /// The channels at half the images' size.
  public var width = 48
  /// The images' height and width, one of `NetworkConfiguration.imageSizes`.
  public var imageSize: Int {
    get { size ?? NetworkConfiguration.usualSize }
    set { size = newValue == NetworkConfiguration.usualSize ? nil : newValue }
  }
  // Nil and not the usual size, so that checkpoints of before there was a choice can be continued.
  private var size: Int?
  /// How strongly discriminator and attributes pull at a generated image, as a share of what the pixels do.
  public var judgedShare: Float = 0.3
  /// How strongly the discriminator's features of an image pull at its reconstruction, as a share of what the pixels do.
  public var featureShare: Float = 0.3
  /// What the attributes weigh beside the discriminator's verdict.
  public var attributeWeight: Float = 0.1
  /// How strongly the attributes pull at a code, as a share of what the pixels do.
  public var readoutShare: Float = 0.25
  /// Codes with one attribute inverted, generated in a step besides those of the images; no more than those.
  public var edited = 24
  /// Random codes, generated in a step besides those of the images.
  public var sampled = 8
  /// The optimizer of encoder and generator.
  package var optimizer = Adam(rate: 4e-4, beta1: 0.5, beta2: 0.99)
  /// The optimizer of the attributes' readout.
  package var readoutOptimizer = Adam(rate: 2e-3)
  /// The optimizer of the discriminator.
  package var discriminatorOptimizer = Adam(rate: 4e-4, beta1: 0, beta2: 0.99)
  /// The decay of the running averages of encoder and generator, which are what is kept.
  public var averageDecay: Float = 0.999
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 64
  /// How many steps a training takes.
  public var steps = 10_000

  /// Adam's step size for encoder and generator.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }
  /// Adam's step size for the discriminator.
  public var discriminatorLearningRate: Float {
    get { discriminatorOptimizer.rate }
    set { discriminatorOptimizer.rate = newValue }
  }

  package static let version = 3
  package var slices: Int { BatchShare.slices(of: batch, min(edited, batch), sampled) }

  /// The recipe of the model that comes with the library.
  public init() {}

  /// The networks that are trained.
  public var network: NetworkConfiguration {
    NetworkConfiguration(
      architecture: .dcgan, latentSize: latentSize, width: width, imageSize: imageSize, normalizesCodes: true)
  }
}
