import LatentArithmetic
import LatentCore

/// Everything that decides how a scorer is trained, besides the images and the seed.
public struct ScorerRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The network.
  package var network: ScorerConfiguration
  /// How faces are cut out, unless ``ImageDataset/framing`` says how they were.
  public var alignment = FaceAlignment.celebaWide
  /// Whose photos are learned from.
  public var people: ImageDataset.People
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
  public var steps = 3000

  /// The channels at 40×40, doubled at each halving of the size.
  public var width: Int {
    get { network.width }
    set { network.width = newValue }
  }
  /// Adam's step size.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }

  package static let version = 3

  /// The recipe of the scorer that says how far a word's θ = 1 goes.
  public static let calibrating = ScorerRecipe(
    network: ScorerConfiguration(architecture: .pyramid, width: 32), people: .even)
  /// The recipe of the scorer that measures edits: another family of networks, and other people.
  public static let measuring = ScorerRecipe(
    network: ScorerConfiguration(architecture: .residual, width: 24), people: .odd)
}
