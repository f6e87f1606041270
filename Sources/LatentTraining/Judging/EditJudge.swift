import LatentArithmetic
import LatentCore

/// Edits photos along directions and lets a scorer judge what comes of it.
///
/// A photo is edited as ``Rendering/keep`` does: x' = x + G(z + t·w) − G(z), within −1...1.
package struct EditJudge {
  /// The photos, [count, 80, 80, 3].
  package let photos: Tensor
  /// Their codes, [count, d].
  package let codes: Tensor
  /// The scorer's logits of the photos, a row each.
  package let logits: [[Float]]
  /// Which of the scorer's attributes each photo has by its labels.
  package let labels: [ImageDataset.Attributes]
  /// For each attribute by how much the mean logit of photos that have it is above that of those that lack it; infinite
  /// where there are no photos of both kinds, so that no change counts for anything.
  package let classGaps: [Float]
  /// The judge.
  let scorer: AttributeScorer
  private let generator: ConvolutionalGenerator
  /// What the generator draws of the codes, [count, 80, 80, 3].
  package let drawings: Tensor

  /// The photos of a split that have labels; nil where there are none.
  ///
  /// Data set and scorer may know other attributes, or in another order; they are matched by name.
  ///
  /// - Throws: `ImageError`, `FileError`; `CancellationError` when the task is cancelled.
  package init?(
    _ dataset: ImageDataset, split: ImageDataset.Split, atMost count: Int,
    generator: ConvolutionalGenerator, encoder: ConvolutionalEncoder, scorer: AttributeScorer
  ) throws {
    let images = dataset.images(in: split).filter { $0.attributes != nil }.prefix(count)
    if images.isEmpty { return nil }
    let faces = try dataset.faces(of: images, by: encoder.alignment)
    let places = scorer.attributeNames.map { dataset.attributeNames.firstIndex(of: $0) }
    let labels = images.map { image in
      places.indices.reduce(into: ImageDataset.Attributes()) { labels, attribute in
        labels[attribute] = places[attribute].flatMap { image.attributes?[$0] } ?? false
      }
    }
    try self.init(
      photos: faces, labels: labels, generator: generator, encoder: encoder,
      scorer: scorer)
  }

  /// Encodes, draws and scores labeled photos.
  ///
  /// - Throws: ``TrainingError/otherAlignment(scorer:model:)``; `CancellationError` when the task is cancelled.
  package init(
    photos: [Image], labels: [ImageDataset.Attributes], generator: ConvolutionalGenerator,
    encoder: ConvolutionalEncoder, scorer: AttributeScorer
  ) throws {
    guard scorer.alignment == encoder.alignment else {
      throw TrainingError.otherAlignment(scorer: scorer.alignment, model: encoder.alignment)
    }
    (self.labels, self.generator, self.scorer) = (labels, generator, scorer)
    let photos = Tensor(photos)
    self.photos = photos
    codes = try photos.inBatches { encoder.codes(of: $0) }
    drawings = try codes.inBatches { generator.images(of: $0) }
    let scores = try photos.inBatches { scorer.logits(of: $0) }
    logits = (0..<labels.count).map { scores.row($0) }
    classGaps = scorer.attributeNames.indices.map { [logits] attribute in
      var sums: (with: Float, without: Float) = (0, 0)
      var counts: (with: Float, without: Float) = (0, 0)
      for (logit, label) in zip(logits, labels) {
        if label[attribute] {
          (sums.with, counts.with) = (sums.with + logit[attribute], counts.with + 1)
        } else {
          (sums.without, counts.without) = (sums.without + logit[attribute], counts.without + 1)
        }
      }
      guard counts.with > 0, counts.without > 0 else { return .infinity }
      return sums.with / counts.with - sums.without / counts.without
    }
  }

  /// The share of the photos to which a word applies that the scorer recognizes; NaN where it applies to none.
  func recall(of target: AttributeTarget) -> Double {
    labels.indices.filter { target.applies(to: labels[$0]) }
      .map { target.logit(logits[$0]) > 0 ? 1.0 : 0.0 }.mean
  }

  /// For each attribute the standard deviation of its logit over the photos.
  var spreads: [Float] {
    classGaps.indices.map { attribute in
      let values = logits.map { Double($0[attribute]) }
      let mean = values.mean
      return Float(values.map { ($0 - mean) * ($0 - mean) }.mean.squareRoot())
    }
  }

  /// The first photos to which a word does not apply, by label and by scorer.
  package func lacking(_ target: AttributeTarget, atMost count: Int) -> [Int] {
    Array(
      labels.indices.lazy.filter { !target.applies(to: labels[$0]) && target.logit(logits[$0]) <= 0 }
        .prefix(count))
  }

  /// Photos after an edit, [rows, 80, 80, 3].
  ///
  /// - Precondition: There is at least one.
  /// - Throws: `CancellationError` when the task is cancelled.
  package func edited(_ rows: [Int], along direction: Direction<ZSpace>, step: Float) throws -> Tensor {
    let move = Tensor(
      shape: [rows.count, direction.values.count],
      elements: Array(repeating: direction.values.map { step * $0 }, count: rows.count).flatMap { $0 })
    let moved = Kernels.linearCombination(1, codes.rows(rows), 1, move, threads: 1)
    let after = try moved.inBatches { generator.images(of: $0) }
    let change = after.subtracting(drawings.images(rows))
    let sum = Kernels.linearCombination(1, photos.images(rows), 1, change, threads: 1)
    return Tensor(shape: after.shape, elements: sum.elements.map { min(max($0, -1), 1) })
  }

  /// The scorer's logits after an edit, a row for each photo.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  package func logits(_ rows: [Int], along direction: Direction<ZSpace>, step: Float) throws -> [[Float]] {
    if rows.isEmpty { return [] }
    let scores = try edited(rows, along: direction, step: step).inBatches { scorer.logits(of: $0) }
    return rows.indices.map { scores.row($0) }
  }
}

extension Tensor {
  /// A function of rows applied to 64 of them at a time, so that memory stays bounded.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  func inBatches(_ body: (Tensor) -> Tensor) throws -> Tensor {
    .concatenated(
      try stride(from: 0, to: shape[0], by: 64).map { start in
        try Task.checkCancellation()
        return body(images(Array(start..<Swift.min(start + 64, shape[0]))))
      })
  }

  /// Those images of a batch, or rows of a matrix, that `indices` name, in that order.
  func images(_ indices: [Int]) -> Tensor {
    let size = count / max(shape[0], 1)
    return reshaped(to: [shape[0], size]).rows(indices).reshaped(to: [indices.count] + shape.dropFirst())
  }
}
