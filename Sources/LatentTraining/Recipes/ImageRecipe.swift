import LatentCore

/// A recipe of a training that sees batches of images.
package protocol ImageRecipe: TrainingRecipe {
  /// Images in a step.
  var batch: Int { get }
  /// Whether images are mirrored at random.
  var flips: Bool { get }
}

extension GANRecipe: ImageRecipe {}
extension EncoderRecipe: ImageRecipe {}
extension ScorerRecipe: ImageRecipe {}
extension AutoencoderRecipe: ImageRecipe {}
