import Foundation
import LatentArithmetic
import LatentCore

/// Maps images to vectors, with gradients.
public protocol ImageModel: Sendable {
  /// How many numbers a feature has.
  var featureSize: Int { get }

  /// The features of images, [batch, height, width, 3] with −1 … 1 for black … white → [batch, featureSize].
  ///
  /// Each has unit length. Recorded on the images' tape, whose threads it uses; the weights are constants there.
  func features(ofImages images: Variable) -> Variable

  /// The features of finished images of one size, [count, featureSize], each of unit length.
  ///
  /// Unless a model prepares finished images in another way, they are those of ``features(ofImages:)``.
  func features(of images: [Image]) -> Tensor
}

extension ImageModel {
  public func features(of images: [Image]) -> Tensor {
    let tape = Tape(threads: ProcessInfo.processInfo.activeProcessorCount)
    return features(ofImages: tape.constant(Tensor(images))).value
  }
}

/// Measures how well an image fits a text: maps both to vectors of one space.
///
/// Editing by texts follows the gradient of the cosine of the two; ``CLIP`` is such a model.
public protocol ImageTextModel: ImageModel, TextModel {
  /// The part of the model that images need, which is all that is kept in memory once the texts are encoded; the whole
  /// model unless it says otherwise.
  var imageModel: any ImageModel { get }
}

extension ImageTextModel {
  public var imageModel: any ImageModel { self }
}
