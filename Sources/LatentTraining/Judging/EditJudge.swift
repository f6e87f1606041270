import LatentArithmetic
import LatentCore

/// Edits photos along directions, as users do, and lets a scorer judge what comes of it.
///
/// Each photo is edited at its own resolution by ``EditedFace/rendered(along:into:)``. What the scorer sees is cut out of
/// the finished photo by the scorer's own framing.
package struct EditJudge {
  /// How many bytes of photos are held; those beyond are not judged on.
  private static let memory = 1 << 30

  /// How edits get into the photos.
  package let rendering: Rendering
  /// The photos.
  package let photos: [JudgedPhoto]
  /// The scorer's logits of the photos, a row each.
  package let logits: [[Float]]
  /// Which of the scorer's attributes each photo has by its labels.
  package let labels: [ImageDataset.Attributes]
  /// Whom each photo shows, where the data set says so.
  package let identities: [Int?]
  /// For each attribute by how much the mean logit of photos that have it is above that of those that lack it; infinite
  /// where there are no photos of both kinds, so that no change counts for anything.
  package let classGaps: [Float]
  /// The judge.
  let scorer: AttributeScorer
  let threads: Int

  /// The photos of a split that have labels, as many as a gigabyte holds; nil where there are none.
  ///
  /// Data set and scorer may know other attributes, or in another order; they are matched by name.
  ///
  /// - Throws: `ModelError`, `ImageError`, `FileError`; `CancellationError` when the task is cancelled.
  package init?(
    _ dataset: ImageDataset, split: ImageDataset.Split, atMost count: Int, model: Model,
    rendering: Rendering?,
    scorer: AttributeScorer, threads: Int, report: (StepProgress) -> Void = { _ in }
  ) throws {
    let images = Array(dataset.images(in: split).filter { $0.attributes != nil }.prefix(count))
    if images.isEmpty { return nil }
    let places = scorer.attributeNames.map { dataset.attributeNames.firstIndex(of: $0) }
    let labels = images.map { image in
      places.indices.reduce(into: ImageDataset.Attributes()) { labels, attribute in
        labels[attribute] = places[attribute].flatMap { image.attributes?[$0] } ?? false
      }
    }
    try self.init(
      labels: labels, identities: images.map(\.identity), model: model, rendering: rendering, scorer: scorer,
      threads: threads, report: report,
      photo: { [leftOut = LeftOutImages()] index in
        try leftOut.reading(images[index].fileName) { try Image(contentsOf: dataset.url(of: images[index])) }
      })
    if photos.isEmpty { return nil }
  }

  /// Opens, encodes and scores labeled photos; those that are nil are left out.
  ///
  /// - Throws: What `photo` throws; `ModelError`; `CancellationError` when the task is cancelled.
  package init(
    labels: [ImageDataset.Attributes], identities: [Int?], model: Model, rendering: Rendering?,
    scorer: AttributeScorer, threads: Int, report: (StepProgress) -> Void = { _ in },
    photo: @Sendable (Int) throws -> Image?
  ) throws {
    // Each thread edits photos of its own, so that the networks take one.
    let editor = Editor(
      generator: try ConvolutionalGenerator(model, threads: 1),
      encoder: try ConvolutionalEncoder(model, threads: 1), projector: nil,
      painter: Painter(model, threads: 1), detector: nil)
    let rendering = rendering ?? editor.usualRendering
    // A painter sees a larger crop, which each face keeps.
    let crop = 3 * PainterConfiguration.imageSize * PainterConfiguration.imageSize * MemoryLayout<Float>.size
    let paintedBytes = rendering == .paint ? crop : 0
    var photos: [JudgedPhoto] = []
    var rows: [Int] = []
    var bytes = 0
    var opening = StepLoop("opening photos", steps: labels.count)
    for batch in labels.indices.batches where bytes < Self.memory {
      try opening.advance(by: batch.count, report: report) {
        let opened = Kernels.concurrently(batch.count, threads: threads) { index in
          Result {
            try photo(batch[batch.startIndex + index]).map {
              try JudgedPhoto($0, editor: editor, rendering: rendering)
            }
          }
        }
        for (row, photo) in zip(batch, opened) {
          guard let photo = try photo.get() else { continue }
          photos.append(photo)
          rows.append(row)
        }
        return []
      }
      bytes = photos.reduce(0) { $0 + $1.image.pixels.count } + photos.count * paintedBytes
    }
    (self.photos, self.scorer, self.threads) = (photos, scorer, threads)
    self.rendering = rendering
    self.labels = rows.map { labels[$0] }
    self.identities = rows.map { identities[$0] }
    logits = try photos.indices.batches.flatMap { batch in
      try Task.checkCancellation()
      return scorer.logits(
        of: batch.map { photos[$0].image.trainingCrop(scorer.framing, size: scorer.imageSize) })
    }
    classGaps = scorer.attributeNames.indices.map { [labels = self.labels, logits] attribute in
      func mean(_ has: Bool) -> Double {
        labels.indices.filter { labels[$0][attribute] == has }.map { Double(logits[$0][attribute]) }.mean
      }
      let gap = mean(true) - mean(false)
      return gap.isNaN ? .infinity : Float(gap)
    }
  }

  /// The codes of the photos, [photos, d].
  package var codes: Tensor {
    Tensor(
      shape: [photos.count, photos.first?.face.code.values.count ?? 0],
      elements: photos.flatMap { $0.face.code.values })
  }

  /// The photos to which a word applies by their labels.
  package func having(_ target: AttributeTarget) -> [Int] {
    labels.indices.filter { target.applies(to: labels[$0]) }
  }

  /// The share of the photos to which a word applies that the scorer recognizes; NaN where it applies to none.
  func recall(of target: AttributeTarget) -> Double {
    having(target).map { target.logit(logits[$0]) > 0 ? 1.0 : 0.0 }.mean
  }

  /// For each attribute the standard deviation of its logit over the photos.
  package var spreads: [Float] {
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

  /// What `body` makes of photos after edits, each along a direction of its own; the edited photos themselves are not kept.
  ///
  /// - Throws: ``LatentError/tooFar``; `CancellationError` when the task is cancelled.
  package func editing<Answer: Sendable>(
    _ rows: [Int], along directions: [Direction<ZSpace>], _ body: @Sendable (JudgedPhoto, Image) -> Answer
  ) throws -> [Answer] {
    try rows.indices.batches.flatMap { batch in
      try Task.checkCancellation()
      return try Kernels.concurrently(batch.count, threads: threads) { [photos] index in
        let place = batch[batch.startIndex + index]
        let photo = photos[rows[place]]
        return Result { body(photo, try photo.face.rendered(along: directions[place])) }
      }.map { try $0.get() }
    }
  }

  /// What the scorer sees of photos after an edit.
  ///
  /// - Throws: ``LatentError/tooFar``; `CancellationError` when the task is cancelled.
  package func crops(_ rows: [Int], along direction: Direction<ZSpace>, step: Float) throws -> [Image] {
    try editing(rows, along: rows.map { _ in step * direction }) { [scorer] _, edited in
      edited.trainingCrop(scorer.framing, size: scorer.imageSize)
    }
  }

  /// The scorer's logits after an edit, a row for each photo.
  ///
  /// - Throws: ``LatentError/tooFar``; `CancellationError` when the task is cancelled.
  package func logits(_ rows: [Int], along direction: Direction<ZSpace>, step: Float) throws -> [[Float]] {
    try rows.batches.flatMap { batch in
      scorer.logits(of: try crops(Array(batch), along: direction, step: step))
    }
  }

  /// The scorer's attribute of a word, nil where it knows none of that name.
  package func target(of entry: AttributeWords.Entry, _ attributeNames: [String]) -> AttributeTarget? {
    scorer.attributeNames.firstIndex(of: attributeNames[entry.attributeIndex])
      .map { AttributeTarget(attribute: $0, isReversed: entry.isReversed) }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The elements 64 at a time, so that memory stays bounded.
  var batches: [SubSequence] {
    stride(from: startIndex, to: endIndex, by: 64).map { self[$0..<Swift.min($0 + 64, endIndex)] }
  }
}
