import LatentArithmetic
import LatentCore

extension ImageDataset {
  /// Codes and labels of the images that can be read, a column of labels for each word.
  ///
  /// - Throws: What ``codes(of:by:leavingOut:report:)`` throws.
  /// - Precondition: There is at least one image.
  func labeledCodes(
    of images: some Collection<Entry>, words: [AttributeWords.Entry], by encoder: ConvolutionalEncoder,
    leavingOut leftOut: LeftOutImages, report: (StepProgress) -> Void
  ) throws -> LabeledLatents {
    let (images, codes) = try codes(of: images, by: encoder, leavingOut: leftOut, report: report)
    return LabeledLatents(
      latents: codes,
      labels: images.flatMap { image in
        words.map { (image.attributes?[$0.attributeIndex] ?? false) != $0.isReversed }
      }, words: words.count)
  }

  /// The images that can be read and their codes, [images, d], encoded in batches so that memory stays bounded.
  ///
  /// - Throws: ``TrainingError/codesNotFinite(image:)``; ``TrainingError/tooFewImages(expected:got:)`` when none can be read; ``ImageError``, `FileError`; `CancellationError` when the
  ///   task is cancelled.
  /// - Precondition: There is at least one image.
  func codes(
    of images: some Collection<Entry>, by encoder: ConvolutionalEncoder, leavingOut leftOut: LeftOutImages,
    report: (StepProgress) -> Void
  ) throws -> (images: [Entry], codes: Tensor) {
    let images = Array(images)
    var read: [Entry] = []
    var parts: [Tensor] = []
    try StepLoop.forEach("encoding", of: images.count, batch: 64, report: report) { items in
      let found = try faces(
        of: images[items], by: encoder.framing, size: encoder.imageSize, leavingOut: leftOut)
      if found.isEmpty { return }
      let batch = found.map(\.entry)
      let codes = encoder.codes(of: Tensor(found.map(\.face)))
      for (row, image) in batch.enumerated() where !codes.row(row).allSatisfy(\.isFinite) {
        throw TrainingError.codesNotFinite(image: image.fileName)
      }
      parts.append(codes)
      read += batch
    }
    guard !read.isEmpty else { throw TrainingError.tooFewImages(expected: 1, got: 0) }
    return (read, .concatenated(parts))
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
