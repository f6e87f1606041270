import LatentCore
import Foundation
import LatentArithmetic

/// Why a training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// There are too few images for a batch, or for a pair.
  case tooFewImages(expected: Int, got: Int)
  /// Of the images that a training began with, fewer than half are there when it is to be continued.
  case otherImages(expected: Int, got: Int)
  /// The data has no attributes to learn words from.
  case noAttributes(folder: String)
  /// The encoder's code of an image is not finite, or so large that the covariance of all codes is not.
  case codesNotFinite(image: String?)
  /// The projector or the word vectors are so large that calibration leaves the range of numbers.
  case calibrationNotFinite
  /// Every attribute is the same in all images.
  case noVariation
  /// None of the attributes' words is among the word vectors.
  case noWords
  /// There is no text to learn from.
  case noTexts
  /// The teacher's features are not finite.
  case featuresNotFinite

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .tooFewImages(let expected, let got):
      "The training takes at least \(expected, "image"), and there are only \(got)."
    case .otherImages(let expected, let got):
      "The training was begun with other images: of its \(expected) only \(got) are in the data set."
    case .noAttributes(let folder):
      "“\(folder)” has neither list_attr_celeba, .txt or .csv, nor attributes.csv to learn words from."
    case .codesNotFinite(let image):
      "The encoder gives \(image.map { "“\($0)” a code" } ?? "codes") beyond the range of numbers; train it again."
    case .calibrationNotFinite:
      "The words cannot be calibrated: projector or word vectors are beyond the range of numbers."
    case .noVariation: "Every attribute is the same in all images, so there is nothing to learn words from."
    case .noWords: "None of the attributes' words is in the word file."
    case .noTexts: "There is no text to learn from."
    case .featuresNotFinite: "The teacher's features of its tokens are beyond the range of numbers."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
