import LatentArithmetic
import LatentCore

/// What a painter is trained on besides images: the frozen generator and encoder, and the directions it is to paint.
package struct PaintedModel: Sendable {
  let generator: ConvolutionalGenerator
  let encoder: ConvolutionalEncoder
  /// One direction an attribute, [targets, d].
  let directions: Tensor
  /// The word and the attribute of each direction.
  let words: [String]
  let targets: [AttributeTarget]
  let attributeNames: [String]

  /// The directions of the attributes' words in a model's projector, none shorter than a third of their median: the lengths
  /// of weak words are of no use as units of a coordinate.
  ///
  /// - Throws: `ModelError`; ``TrainingError/noWords``.
  package init(_ model: Model, attributeNames: [String], threads: Int) throws {
    generator = try ConvolutionalGenerator(model, threads: threads)
    encoder = try ConvolutionalEncoder(model, threads: threads)
    self.attributeNames = attributeNames
    let attributes = try AttributeDirections(model, attributeNames: attributeNames)
    let directions = attributes.directions
    let shortest = directions.map(\.length).sorted()[directions.count / 2] / 3
    self.directions = Tensor(
      shape: [directions.count, generator.latentSize],
      elements: directions.flatMap { direction -> [Float] in
        (max(1, shortest / max(direction.length, 1e-12)) * direction).values
      })
    (words, targets) = (attributes.words, attributes.targets)
  }

  /// What a painter sees of photos, [batch, 160, 160, 3], and edits of them.
  func input(
    photos: Tensor, coordinates: Tensor, share: BatchShare = .whole, threads: Int
  ) -> PainterNetwork.Input {
    let tape = Tape(threads: threads, share: share)
    let smaller = ResamplingTaps.windowMeans(from: photos.shape[1], to: encoder.imageSize)
    let small = tape.constant(photos).resampled(rows: smaller, columns: smaller)
    let codes = encoder.codes(of: small).value
    let change = Kernels.matrixProduct(coordinates, directions, threads: threads)
    let edited = Kernels.linearCombination(1, codes, 1, change, threads: threads)
    let images = generator.images(of: tape.constant(.concatenated([codes, edited]))).value
    let count = photos.shape[0]
    return .init(
      photos: photos, before: images.images(Array(0..<count)),
      after: images.images(Array(count..<2 * count)), coordinates: coordinates)
  }
}
