import LatentArithmetic
import LatentCore

/// Everything that decides how a generator is trained, besides the images and the seed.
public struct GANRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// What discriminator and generator minimize.
  public enum Loss: String, Sendable, Codable {
    /// Binary cross-entropy; the generator's is the non-saturating −log D(G(z)) (Goodfellow and others 2014).
    case binaryCrossEntropy
    /// Hinge: max(0, 1 − D(x)) + max(0, 1 + D(G(z))), and −D(G(z)) (Lim and Ye 2017).
    case hinge
  }

  /// How faces are cut out, unless ``ImageDataset/framing`` says how they were.
  public var alignment = FaceAlignment.celeba
  /// The networks and their sizes.
  public var network: NetworkConfiguration
  /// What is minimized.
  public var loss: Loss
  /// Whether the discriminator's weights are divided by their spectral norms (`dcgan` only).
  public var isDiscriminatorSpectrallyNormalized: Bool
  /// Whether the discriminator sees real and generated images changed in color and place.
  public var augments: Bool
  /// Whether images are mirrored at random.
  public var flips: Bool
  /// The decay of the generator's running average, which is what is kept; nil keeps the weights as they are.
  public var averageDecay: Float?
  /// The optimizer of the generator.
  package var generatorOptimizer: Adam
  /// The optimizer of the discriminator.
  package var discriminatorOptimizer: Adam
  /// Whether the generator's update uses new noise rather than the discriminator's generated batch.
  public var drawsFreshNoise: Bool
  /// Real images in a step, and generated ones.
  public var batch: Int
  /// How many steps a training takes.
  public var steps: Int

  package static let version = 3

  /// Adam's step size for the generator.
  public var generatorLearningRate: Float {
    get { generatorOptimizer.rate }
    set { generatorOptimizer.rate = newValue }
  }
  /// Adam's step size for the discriminator.
  public var discriminatorLearningRate: Float {
    get { discriminatorOptimizer.rate }
    set { discriminatorOptimizer.rate = newValue }
  }

  /// The paper's recipe on the paper's networks: cross-entropy, Adam 2e-4 (0.5, 0.999).
  ///
  /// It differs from the authors' notebooks in one update of the discriminator a step, where they make two, and in
  /// 64 rather than 128 new codes for the generator's.
  public static let paper = GANRecipe(
    network: .paper, loss: .binaryCrossEntropy, isDiscriminatorSpectrallyNormalized: false, augments: false,
    flips: false, averageDecay: nil, generatorOptimizer: Adam(rate: 2e-4, beta1: 0.5),
    discriminatorOptimizer: Adam(rate: 2e-4, beta1: 0.5), drawsFreshNoise: true, batch: 64,
    steps: 3100)

  /// A recipe that gives clean faces from 15,000 images on the `dcgan` networks.
  ///
  /// Hinge loss, spectral norm, two time scales, differentiable augmentation, averaged generator.
  public static let dcgan = GANRecipe(
    network: NetworkConfiguration(architecture: .dcgan, latentSize: 128, width: 64), loss: .hinge,
    isDiscriminatorSpectrallyNormalized: true, augments: true, flips: true, averageDecay: 0.999,
    generatorOptimizer: Adam(rate: 2e-4, beta1: 0, beta2: 0.99),
    discriminatorOptimizer: Adam(rate: 4e-4, beta1: 0, beta2: 0.99), drawsFreshNoise: false,
    batch: 64, steps: 2500)
}

extension NetworkConfiguration.Architecture {
  /// The recipe that belongs to a family.
  public var recipe: GANRecipe {
    switch self {
    case .paper: .paper
    case .dcgan: .dcgan
    }
  }
}
