import LatentArithmetic
import LatentCore

/// The sizes of a small joint model's networks, and what it tells.
package struct JointConfiguration: Sendable, Equatable, Codable {
  /// The network that sees images.
  package var image: ScorerConfiguration
  /// The attributes that texts are read for.
  package var attributes: [String]
  /// How many numbers a feature has.
  package var featureSize: Int

  package init(image: ScorerConfiguration, attributes: [String], featureSize: Int) {
    (self.image, self.attributes, self.featureSize) = (image, attributes, featureSize)
  }

  /// Whether the sizes are ones that networks can have; a file may hold any numbers.
  var isSensible: Bool { [image.width, attributes.count, featureSize].allSatisfy((1...1 << 12).contains) }
}

/// Images and texts to features of one space, and how well an image fits a text.
///
/// An image's feature I is what a convolutional network makes of it. A text is read as a ``TextProjector`` reads it, which
/// gives a coordinate θ for each attribute, 1 where the text says that it is there, −1 where it denies it, and its feature T is
/// a linear map of them. Both have unit length, and an image fits a text with the logit s·⟨I, T⟩ + b.
///
/// Rejected: ⟨I, T⟩ + b with I as it comes, which learns at half the speed; a text network that learns from images alone, which
/// has to find out first that a negation turns round whatever it is about: the loss tells that by all attributes together only.
package struct JointNetwork: Sendable {
  /// [batch, 80, 80, 3] → [batch, featureSize].
  package let image: Sequential
  /// [texts, attributes + 1] → [texts, featureSize]; the last input is 1, so that a text that says nothing has a feature, too.
  private let embedding: Dense

  private static let scalePath = "logit.scale"
  private static let biasPath = "logit.bias"
  /// s where the parameter is 1: forty answers of ±5 fit into a feature of unit length.
  private static let scale: Float = 32

  package init(_ configuration: JointConfiguration) {
    image = configuration.image.layers(outputs: configuration.featureSize, path: "image.")
    embedding = Dense(
      Weight(path: "embedding", hasBias: false, initialization: .glorotUniform),
      inputs: configuration.attributes.count + 1, outputs: configuration.featureSize)
  }

  /// All but those of the network that reads texts.
  package var parameters: [ParameterSpecification] {
    image.parameters + embedding.parameters + [
      ParameterSpecification(path: Self.scalePath, shape: [1, 1], initializer: .constant(1)),
      ParameterSpecification(path: Self.biasPath, shape: [1], initializer: .constant(0)),
    ]
  }

  /// The features of texts by their coordinates, [texts, attributes] → [texts, featureSize], each of unit length.
  package func features(ofCoordinates coordinates: Tensor, _ binding: Binding) -> Variable {
    let (texts, attributes) = (coordinates.shape[0], coordinates.shape[1])
    let inputs = Tensor(
      shape: [texts, attributes + 1], elements: (0..<texts).flatMap { coordinates.row($0) + [1] })
    return embedding(binding.tape.common(inputs), binding).unitLength()
  }

  /// The logits of each image fitting each text, [images, texts], by their features.
  package func logits(_ images: Variable, _ texts: Variable, _ binding: Binding) -> Variable {
    let cosines = images.matrixProduct(texts, transposingSecond: true)
    return cosines.reshaped(to: [images.shape[0] * texts.shape[0], 1])
      .matrixProduct(binding.variable(Self.scalePath).scaled(by: Self.scale))
      .activated(by: .identity, bias: binding.variable(Self.biasPath))
      .reshaped(to: cosines.shape)
  }
}
