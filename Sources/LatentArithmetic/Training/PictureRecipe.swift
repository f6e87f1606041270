import Foundation

/// A recipe of a training that sees batches of pictures.
protocol PictureRecipe: TrainingRecipe {
  /// Pictures in a step.
  var batch: Int { get }
  /// Whether pictures are mirrored at random.
  var flips: Bool { get }
}

extension GANRecipe: PictureRecipe {}
extension EncoderRecipe: PictureRecipe {}
extension ScorerRecipe: PictureRecipe {}
extension AutoencoderRecipe: PictureRecipe {}

extension PictureRecipe {
  /// The batches of a training from a step on.
  ///
  /// - Throws: ``TrainingError/tooFewPictures(expected:got:)`` when there are fewer than a batch.
  func stream(of pictures: [URL], seed: UInt64, startingAt step: Int = 0) throws(TrainingError)
    -> PictureStream
  {
    guard pictures.count >= batch else { throw .tooFewPictures(expected: batch, got: pictures.count) }
    return stream(ofEnough: pictures, seed: seed, startingAt: step)
  }

  /// The same for pictures that were enough when the training began.
  func stream(ofEnough pictures: [URL], seed: UInt64, startingAt step: Int) -> PictureStream {
    PictureStream(
      pictures: pictures, size: NetworkConfiguration.pictureSize, batch: batch, seed: seed, flips: flips,
      startingAt: step)
  }
}
