import LatentArithmetic
import LatentCore

/// Maps images to vectors, differentiably.
public protocol ImageModel: Sendable {
  /// How many numbers a feature has.
  var featureSize: Int { get }

  /// The features of images, [batch, height, width, 3] with −1 … 1 for black … white → [batch, featureSize].
  ///
  /// Each has unit length. Recorded on the images' tape; the weights are constants there.
  func features(ofImages images: Variable) -> Variable

  /// The features of finished images of one size, [count, featureSize], each of unit length.
  func features(of images: [Image], threads: Int) -> Tensor
}

extension ImageModel {
  /// The features of the images as drawings.
  public func features(of images: [Image], threads: Int) -> Tensor {
    features(ofImages: Tape(threads: threads).constant(Tensor(images))).value
  }
}

/// Measures how well an image fits a text: maps both to vectors of one space.
///
/// Text-driven editing follows the gradient of the cosine of the two; ``CLIP`` is such a model.
public protocol ImageTextModel: ImageModel {
  /// The features of texts, [count, featureSize], each of unit length.
  ///
  /// - Throws: What is wrong with a text, such as its length.
  func features(ofTexts texts: [String]) throws -> Tensor

  /// What of the model images need: all that work on images keeps in memory when the texts are encoded.
  var imageModel: any ImageModel { get }
}

extension ImageTextModel {
  /// The whole model.
  public var imageModel: any ImageModel { self }
}
