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

  /// The recipe of the paper, with flips and a smaller batch.
  public init() {}
}
