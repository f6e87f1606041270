import LatentArithmetic
import LatentCore

extension ImageDataset {
  /// Codes and labels of images, a column of labels for each word.
  ///
  /// - Throws: What ``codes(of:by:report:)`` throws.
  /// - Precondition: There is at least one image.
  func labeledCodes(
    of images: some Collection<Entry>, words: [AttributeWords.Entry], by encoder: ConvolutionalEncoder,
    report: (StepProgress) -> Void
  ) throws -> LabeledLatents {
    LabeledLatents(
      latents: try codes(of: images, by: encoder, report: report),
      labels: images.flatMap { image in
        words.map { (image.attributes?[$0.attributeIndex] ?? false) != $0.isReversed }
      }, words: words.count)
  }

  /// The codes of images, [images, d], encoded in batches so that memory stays bounded.
  ///
  /// - Throws: ``TrainingError/codesNotFinite(image:)``, ``ImageError``, `FileError`; `CancellationError` when the
  ///   task is cancelled.
  /// - Precondition: There is at least one image.
  func codes(
    of images: some Collection<Entry>, by encoder: ConvolutionalEncoder,
    report: (StepProgress) -> Void
  ) throws -> Tensor {
    let images = Array(images)
    var parts: [Tensor] = []
    try StepLoop.forEach("encoding", of: images.count, batch: 64, report: report) { items in
      let batch = images[items]
      let codes = encoder.codes(
        of: Tensor(try faces(of: batch, by: encoder.framing, size: encoder.imageSize)))
      for (row, image) in batch.enumerated() where !codes.row(row).allSatisfy(\.isFinite) {
        throw TrainingError.codesNotFinite(image: image.fileName)
      }
      parts.append(codes)
    }
    return .concatenated(parts)
  }

  /// Opens images and returns their faces, `size` pixels square.
  ///
  /// - Throws: ``ImageError``, `FileError`; `CancellationError` when the task is cancelled.
  func faces(
    of images: some Collection<Entry>, by framing: Framing,
    size: Int
  ) throws -> [Image] {
    try images.map { image in
      try Task.checkCancellation()
      return try face(of: image, by: framing, size: size)
    }
  }
}
