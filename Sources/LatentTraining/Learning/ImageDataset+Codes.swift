import LatentArithmetic
import LatentCore

extension ImageDataset {
  /// Codes and labels of the images that can be read, a column of labels for each word.
  ///
  /// - Throws: What ``codes(of:by:leavingOut:report:)`` throws.
  /// - Precondition: There is at least one image.
  func labeledCodes(
    of images: some Collection<Entry>, words: [AttributeWords.Entry], by encoder: ConvolutionalEncoder,
    leavingOut leftOut: LeftOutImages, ranks: RankGroup = .alone, report: (StepProgress) -> Void
  ) throws -> LabeledLatents {
    let (images, codes) = try codes(
      of: images, by: encoder, leavingOut: leftOut, ranks: ranks, report: report)
    return LabeledLatents(
      latents: codes,
      labels: images.flatMap { image in
        words.map { (image.attributes?[$0.attributeIndex] ?? false) != $0.isReversed }
      }, words: words.count)
  }

  /// The images that can be read and their codes, [images, d], encoded in batches so that memory stays bounded; ranks take
  /// turns at the batches, and each gets all codes.
  ///
  /// - Throws: ``TrainingError/codesNotFinite(image:)``; ``TrainingError/tooFewImages(expected:got:)`` when none can be read;
  ///   ``ImageError``, `FileError`, `RankError`; `CancellationError` when the task is cancelled.
  /// - Precondition: There is at least one image.
  func codes(
    of images: some Collection<Entry>, by encoder: ConvolutionalEncoder, leavingOut leftOut: LeftOutImages,
    ranks: RankGroup = .alone, report: (StepProgress) -> Void
  ) throws -> (images: [Entry], codes: Tensor) {
    let (images, batch, d) = (Array(images), 64, encoder.latentSize)
    var read: [Entry] = []
    var codes: [Float] = []
    try StepLoop.forEach("encoding", of: images.count, batch: batch * ranks.count, report: report) { items in
      let own = items.dropFirst(batch * ranks.rank).prefix(batch)
      // For each image of the batch whether it can be read, and its code.
      let rows = try ranks.gathered(
        Result { try encoded(images[own], in: batch, by: encoder, leavingOut: leftOut) },
        count: batch * (1 + d))
      for (place, image) in zip(0..., images[items]) where rows[place * (1 + d)] == 1 {
        codes += rows[place * (1 + d) + 1..<(place + 1) * (1 + d)]
        read.append(image)
      }
    }
    guard !read.isEmpty else { throw TrainingError.tooFewImages(expected: 1, got: 0) }
    return (read, Tensor(shape: [read.count, d], elements: codes))
  }

  /// For each of `batch` images 1 and its code, or zeros where it cannot be read or there are fewer images.
  private func encoded(
    _ images: ArraySlice<Entry>, in batch: Int, by encoder: ConvolutionalEncoder,
    leavingOut leftOut: LeftOutImages
  ) throws -> [Float] {
    let d = encoder.latentSize
    var rows = [Float](repeating: 0, count: batch * (1 + d))
    let found = try images.enumerated().flatMap { place, image in
      try faces(of: [image], by: encoder.framing, size: encoder.imageSize, leavingOut: leftOut).map {
        (place: place, entry: $0.entry, face: $0.face)
      }
    }
    if found.isEmpty { return rows }
    let codes = encoder.codes(of: Tensor(found.map(\.face)))
    for (row, (place, image, _)) in found.enumerated() {
      let code = codes.row(row)
      guard code.allSatisfy(\.isFinite) else { throw TrainingError.codesNotFinite(image: image.fileName) }
      rows.replaceSubrange(place * (1 + d)..<(place + 1) * (1 + d), with: [1] + code)
    }
    return rows
  }

  /// Opens images and returns the faces of those that can be read, `size` pixels square.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  func faces(
    of images: some Collection<Entry>, by framing: Framing, size: Int, leavingOut leftOut: LeftOutImages
  ) throws -> [(entry: Entry, face: Image)] {
    try images.compactMap { image in
      try Task.checkCancellation()
      return try leftOut.reading(url(of: image).path) {
        (image, try face(of: image, by: framing, size: size))
      }
    }
  }
}
