import Foundation
import LatentArithmetic
import LatentCore

/// A recipe of a training that sees batches of images.
protocol ImageRecipe: TrainingRecipe {
  /// Images in a step.
  var batch: Int { get }
  /// Whether images are mirrored at random.
  var flips: Bool { get }
}

extension GANRecipe: ImageRecipe {}
extension EncoderRecipe: ImageRecipe {}
extension ScorerRecipe: ImageRecipe {}
extension AutoencoderRecipe: ImageRecipe {}

extension ImageRecipe {
  /// The batches of a training from a step on.
  ///
  /// - Throws: ``TrainingError/tooFewImages(expected:got:)`` when there are fewer than a batch.
  func stream(of images: [URL], seed: UInt64, startingAt step: Int = 0) throws(TrainingError)
    -> ImageStream
  {
    guard images.count >= batch else { throw .tooFewImages(expected: batch, got: images.count) }
    return stream(ofEnough: images, seed: seed, startingAt: step)
  }

  /// The same for images that were enough when the training began.
  func stream(ofEnough images: [URL], seed: UInt64, startingAt step: Int) -> ImageStream {
    ImageStream(
      images: images, size: NetworkConfiguration.imageSize, batch: batch, seed: seed, flips: flips,
      startingAt: step)
  }
}
