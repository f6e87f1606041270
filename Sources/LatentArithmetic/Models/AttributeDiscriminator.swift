import LatentCore

/// A discriminator that also tells the attributes of an image, by a second head on the same features.
///
/// The features are spectrally normalized, so that the attributes' gradients are as smooth as the discriminator's; the
/// second head is not, since its logits must reach the certainty that labels have.
package struct AttributeDiscriminator: Sendable {
  /// Logits of a batch: [batch, 1], whether an image is real, and [batch, attributes].
  package struct Output {
    package let score: Variable
    package let attributes: Variable
  }

  package let trunk: Sequential
  package let score: Sequential
  package let attributes: Dense

  package var parameters: [ParameterSpecification] {
    trunk.parameters + score.parameters + attributes.parameters
  }

  package func callAsFunction(_ images: Variable, _ binding: Binding) -> Output {
    let features = trunk(images, binding)
    return Output(score: score(features, binding), attributes: attributes(features, binding))
  }
}
