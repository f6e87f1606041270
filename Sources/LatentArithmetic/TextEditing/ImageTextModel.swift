import LatentCore

/// Maps pictures to vectors, differentiably.
public protocol PictureModel: Sendable {
  /// How many numbers a feature has.
  var featureSize: Int { get }

  /// The features of pictures, [batch, height, width, 3] with −1 … 1 for black … white → [batch, featureSize].
  ///
  /// Each has unit length. Recorded on the pictures' tape; the weights are constants there.
  func features(ofPictures pictures: Variable) -> Variable

  /// The features of finished pictures of one size, [count, featureSize], each of unit length.
  func features(of images: [Image], threads: Int) -> Tensor
}

extension PictureModel {
  /// The features of the pictures as drawings.
  public func features(of images: [Image], threads: Int) -> Tensor {
    features(ofPictures: Tape(threads: threads).constant(Tensor(images))).value
  }
}

/// Measures how well a picture fits a text: maps both to vectors of one space.
///
/// Text-driven editing follows the gradient of the cosine of the two; ``CLIP`` is such a model.
public protocol ImageTextModel: PictureModel {
  /// The features of texts, [count, featureSize], each of unit length.
  ///
  /// - Throws: What is wrong with a text, such as its length.
  func features(ofTexts texts: [String]) throws -> Tensor

  /// What of the model pictures need: all that work on pictures keeps in memory when the texts are encoded.
  var pictureModel: any PictureModel { get }
}

extension ImageTextModel {
  /// The whole model.
  public var pictureModel: any PictureModel { self }
}
