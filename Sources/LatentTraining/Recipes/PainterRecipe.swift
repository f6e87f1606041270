import LatentArithmetic
import LatentCore

/// Everything that decides how a painter is trained, besides the images, the model and the seed.
public struct PainterRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The painter's channels at 80×80, and the discriminator's, doubled at each halving of the size.
  public var width = 32, discriminatorWidth = 32
  /// How wide a painter can be: half of its channels are left at 160×160.
  public static let widths = PainterConfiguration.widths
  /// What the attributes that a painted image should show weigh beside the verdict on it.
  public var attributeWeight: Float = 6
  /// What an attribute that an edit changes weighs more than one that it leaves alone.
  public var changedWeight: Float = 8
  /// What the mean of the mask weighs, once its weight has risen over the first tenth of the steps.
  public var maskWeight: Float = 0.05
  /// What the attributes of photos weigh beside the verdict where the discriminator learns them.
  public var learnedAttributeWeight: Float = 2
  /// What paintings weigh beside photos there: they count for photos without the edit, so that what is no attribute but looks
  /// like one is seen through.
  public var paintedAttributeShare: Float = 0.2
  /// The most that a rare attribute weighs when the discriminator learns it.
  public var rarestWeight: Float = 8
  /// The steps in which the discriminator learns alone, where a training goes on from a painter.
  ///
  /// A fresh one would make the painter forget what it can. Over as many further steps the painter's rate rises.
  public var discriminatorAhead = 600
  /// The painter's optimizer; its rate falls to 0 over the second half of the steps.
  package var optimizer = Adam(rate: 3e-4, beta1: 0.5, beta2: 0.99)
  /// The discriminator's, which falls alike.
  package var discriminatorOptimizer = Adam(rate: 6e-4, beta1: 0.5, beta2: 0.99)
  /// The decay of the running average of the painter, which is what is kept.
  public var averageDecay: Float = 0.999
  /// The smallest share of the frame's side that is shown, so that faces lie as a detector places them.
  public var smallestCrop = 0.92
  /// Whether images are mirrored at random.
  public var flips = true
  /// Images in a step.
  public var batch = 16
  /// How many steps a training takes.
  public var steps = 45_000

  package static let version = 6

  /// The library's own recipe.
  public init() {}
}
