import LatentCore

/// Maps texts to vectors; ``SentenceEncoder`` is such a model, and so is every ``ImageTextModel``.
public protocol TextModel: Sendable {
  /// How many numbers a feature has.
  var featureSize: Int { get }

  /// The features of texts, [count, featureSize], each of unit length.
  ///
  /// - Throws: What is wrong with a text, such as its length.
  func features(ofTexts texts: [String]) throws -> Tensor
}
