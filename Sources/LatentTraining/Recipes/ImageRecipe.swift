import LatentCore

/// A recipe of a training that sees batches of images.
package protocol ImageRecipe: TrainingRecipe {
  /// Images in a step.
  var batch: Int { get }
  /// Whether images are mirrored at random.
  var flips: Bool { get }
  /// Whose photos are learned from.
  var people: ImageDataset.People { get }
  /// The smallest share of the frame's side that is shown.
  var smallestCrop: Double { get }
  /// Into how many slices a batch is cut, the most ranks that can share it.
  var slices: Int { get }
}

extension ImageRecipe {
  package var people: ImageDataset.People { .all }
  package var smallestCrop: Double { 1 }
  package var slices: Int { BatchShare.slices(of: batch) }
}

extension GANRecipe: ImageRecipe {}
extension EncoderRecipe: ImageRecipe {}
extension ScorerRecipe: ImageRecipe {}
extension AutoencoderRecipe: ImageRecipe {}
extension PainterRecipe: ImageRecipe {}
