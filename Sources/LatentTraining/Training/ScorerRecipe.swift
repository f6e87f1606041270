import LatentCore

/// Everything that decides how a scorer is trained, besides the images and the seed.
public struct ScorerRecipe: TrainingRecipe, Equatable {
  /// The channels of the first layer; each of the next three has twice those of the one before.
  public var width = 32
  /// The optimizer.
  package var optimizer = Adam(rate: 1e-3, beta1: 0.9)
  /// The decay of the running average of the weights, which is what is kept.
  public var averageDecay: Float = 0.998
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 64
  /// How many steps a training takes.
  public var steps = 2000

  /// The recipe of the scorer that comes with the library.
  public init() {}
}
