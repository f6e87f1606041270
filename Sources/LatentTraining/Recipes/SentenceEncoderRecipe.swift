import LatentCore
import LatentText

/// How a small sentence encoder is trained to agree with a large one.
public struct SentenceEncoderRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The numbers that the table has for a token, at most the width; almost all of a file is this table.
  public var tableWidth = 88
  /// The numbers that stand for a token between layers; features lie in a space of as many dimensions.
  public var width = 160
  /// How many layers the transformer has.
  public var layers = 2
  /// The heads of each layer, a divisor of the width.
  public var heads = 5
  /// The most tokens of a text, its start and its end included.
  public var positions = 64
  /// Whether tokens of all scripts stay in the vocabulary; otherwise those beyond Latin letters, digits and punctuation
  /// become unknown.
  public var keepsAllScripts = false
  /// How many texts are made of the given ones by words of the vocabulary in the place of some of their own.
  public var mixedTexts = 10_000
  /// Adam's step size in the first step; it falls to 0 along a line.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }
  package var optimizer = Adam(rate: 1e-3)
  /// Texts in a step, a third of them single words.
  public var batch = 128
  /// How many steps a training takes.
  public var steps = 10_000

  /// The recipe of an encoder of 6 MB in half precision.
  public init() {}
}
