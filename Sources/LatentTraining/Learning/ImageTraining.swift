import LatentArithmetic
import LatentCore

/// A training that learns from batches of images: what one step computes, and nothing of files.
package protocol ImageTraining: Sendable {
  /// What decides it, besides the images and the seed.
  associatedtype Recipe: ImageRecipe

  /// The losses' names, in the order ``update(images:of:threads:)`` returns them.
  static var lossNames: [String] { get }
  /// The height and width of the images it sees, in pixels.
  var imageSize: Int { get }
  /// How many steps were made.
  var step: Int { get }
  /// How batches lie on ranks, and are summed.
  var share: BatchShare { get set }
  /// All tensors that a continued training needs besides the recipe, the seed and the step.
  var state: Parameters { get }

  /// One update.
  ///
  /// - Parameters:
  ///   - images: The images of this rank's share as the network sees them, [share, size, size, 3] in −1...1.
  ///   - entries: What is known of each of the whole batch.
  ///   - threads: The most threads to use.
  /// - Returns: The losses before the update.
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float]
  /// Continues from a checkpoint of a training by the same recipe.
  mutating func restore(_ state: Parameters, step: Int)
  /// An image that shows how far the training is, nil where there is nothing to show; `photos` are some that it does not
  /// learn from.
  func sample(of photos: [Image], threads: Int) -> Image?
}

extension NetworkConfiguration {
  /// Images above their reconstructions, nil where there are none.
  func reconstructions(
    of images: [Image], encoder: Parameters, generator: Parameters, threads: Int
  ) -> Image? {
    if images.isEmpty { return nil }
    let codes = self.encoder.inferred(Tensor(images), encoder, threads: threads)
    let drawn = self.generator.inferred(codes, generator, threads: threads)
    return Image.tiled(images + Image.images(from: drawn), columns: images.count)
  }
}

extension Tensor {
  /// [images, attributes]: 1 for each attribute that an image has; mirroring an image changes none.
  static func targets(of entries: some Collection<ImageDataset.Entry>, attributes: Int) -> Tensor {
    Tensor(
      shape: [entries.count, attributes],
      elements: entries.flatMap { entry in
        (0..<attributes).map { entry.attributes?[$0] == true ? 1 : 0 }
      })
  }
}
