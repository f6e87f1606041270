import LatentCore

/// Everything that decides how an encoder is trained, besides the images and the seed.
public struct EncoderRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The optimizer.
  package var optimizer = Adam(rate: 2e-4, beta1: 0.5)
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 64
  /// How many steps a training takes.
  public var steps = 1000

  /// Adam's step size.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }

  package static let version = 2

  /// The library's own recipe: the paper's with mirrored images and smaller batches, and 6.4 epochs of 10,000 images.
  public init() {}

  /// The paper's recipe: batches of 128 as in the authors' notebooks, no image mirrored, 20 epochs of the paper's 10,000
  /// images.
  ///
  /// ``Training/steps(epochs:batch:)`` says how many steps as many epochs of other images are.
  public static let paper: EncoderRecipe = {
    var recipe = EncoderRecipe()
    (recipe.flips, recipe.batch, recipe.steps) = (false, 128, 1563)
    return recipe
  }()
}
