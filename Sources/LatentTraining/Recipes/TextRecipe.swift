import LatentCore

/// Everything that decides how a projector of texts is trained, besides the texts and the seed.
public struct TextRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The optimizer.
  package var optimizer = Adam(rate: 1e-3)
  /// The units of the hidden layer.
  public var hiddenUnits = 512
  /// The deviation of what is added to each number of a feature, so that texts near a known one mean the same.
  package var noise: Float = 0.03
  /// How many texts about several attributes are made up.
  package var compounds = 6000
  /// What part of a step's texts are words and phrases about one attribute, such made-up ones, and neutral ones.
  package var shares = [0.6, 0.25, 0.15]
  /// Texts in a step.
  public var batch = 256
  /// How many steps a training takes.
  public var steps = 4000

  /// Adam's step size.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }

  /// The recipe of the model that comes with the library.
  public init() {}
}
