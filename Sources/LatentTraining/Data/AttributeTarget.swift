/// What a word asks of an image: an attribute, or its absence.
package struct AttributeTarget: Hashable, Sendable {
  /// The attribute's position in the list of names that is meant, a data set's or a scorer's.
  package let attribute: Int
  /// Whether the word means that the attribute is absent.
  package let isReversed: Bool

  package init(attribute: Int, isReversed: Bool) {
    (self.attribute, self.isReversed) = (attribute, isReversed)
  }

  /// What taking the word off asks.
  package var opposite: AttributeTarget { AttributeTarget(attribute: attribute, isReversed: !isReversed) }

  /// How far a row of logits speaks for the word.
  package func logit(_ logits: [Float]) -> Float { isReversed ? -logits[attribute] : logits[attribute] }

  /// Whether the word applies to an image, by its labels.
  package func applies(to labels: ImageDataset.Attributes) -> Bool { labels[attribute] != isReversed }
}
