import LatentCore

extension PictureDataset {
  /// Codes and labels of pictures, a column of labels for each word.
  ///
  /// - Throws: What ``codes(of:by:report:)`` throws.
  /// - Precondition: There is at least one picture.
  func labelledCodes(
    of pictures: some Collection<Picture>, words: [AttributeWords.Entry], by encoder: ConvolutionalEncoder,
    report: (TrainingProgress) -> Void
  ) throws -> LabelledLatents {
    LabelledLatents(
      latents: try codes(of: pictures, by: encoder, report: report),
      labels: pictures.flatMap { picture in
        words.map { (picture.attributes?[$0.attributeIndex] ?? false) != $0.isReversed }
      }, words: words.count)
  }

  /// The codes of pictures, [pictures, d], encoded in batches so that memory stays bounded.
  ///
  /// - Throws: ``TrainingError/codesNotFinite(picture:)``, ``ImageError``, `FileError`; `CancellationError` when the
  ///   task is cancelled.
  /// - Precondition: There is at least one picture.
  func codes(
    of pictures: some Collection<Picture>, by encoder: ConvolutionalEncoder,
    report: (TrainingProgress) -> Void
  ) throws -> Tensor {
    let pictures = Array(pictures)
    let size = 64
    var clock = StepClock()
    var parts: [Tensor] = []
    for start in stride(from: 0, to: pictures.count, by: size) {
      let batch = pictures[start..<min(start + size, pictures.count)]
      let codes = encoder.codes(of: Tensor(try faces(of: batch)))
      for (row, picture) in batch.enumerated() where !codes.row(row).allSatisfy(\.isFinite) {
        throw TrainingError.codesNotFinite(picture: picture.fileName)
      }
      parts.append(codes)
      report(
        TrainingProgress(
          activity: "encoding", step: start + batch.count, steps: pictures.count, losses: [],
          rate: Double(size) * clock.tick()))
    }
    return .concatenated(parts)
  }

  /// Opens pictures and returns their faces at the networks' size.
  ///
  /// - Throws: ``ImageError``, `FileError`; `CancellationError` when the task is cancelled.
  func faces(of pictures: some Collection<Picture>) throws -> [Image] {
    try pictures.map { picture in
      try Task.checkCancellation()
      return try face(of: picture)
    }
  }
}
