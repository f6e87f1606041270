import LatentArithmetic
import LatentCore
import LatentText

/// Everything that decides how a joint model of images and texts is trained, besides the images and the seed.
public struct JointRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The network that sees images, of the calibrating scorer's family: what it finds convincing is judged by another's.
  package var image = ScorerConfiguration(architecture: .pyramid, width: 32)
  /// How many numbers a feature has.
  public var featureSize = 256
  /// How many captions each image of a step is compared with.
  public var captions = 128
  /// How the network that reads texts is trained, before any image is seen.
  public var texts = TextRecipe()
  /// How faces are cut out, unless ``ImageDataset/framing`` says how they were.
  public var alignment = FaceAlignment.celebaWide
  /// The smallest share of the frame's side that is shown; each time a square of a random size from there to the whole.
  public var smallestCrop = 0.75
  /// The optimizer.
  package var optimizer = Adam(rate: 1e-3, beta1: 0.9)
  /// The decay of the running average of the weights, which is what is kept.
  public var averageDecay: Float = 0.998
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 64
  /// How many steps a training takes.
  public var steps = 4000

  /// Adam's step size.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }

  package static let version = 2

  /// The recipe of the model that comes with the library.
  public init() {}
}

extension JointRecipe: ImageRecipe {}
