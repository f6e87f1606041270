import LatentArithmetic
import LatentCore
import LatentText

extension Evaluation {
  /// How well photos come back.
  func measureReconstruction() throws -> EvaluationReport.Reconstruction {
    let photos = crops(of: held)
    let drawn = held.photos.map { $0.face.reconstruction() }
    try advance("reconstruction", 0, of: photos.count)
    return EvaluationReport.Reconstruction(
      images: photos.count, psnr: zip(photos, drawn).map { $0.peakSignalToNoiseRatio(to: $1) }.mean.ifFinite,
      ssim: zip(photos, drawn).map { $0.structuralSimilarity(to: $1) }.mean.ifFinite,
      identity: similarity(faces(in: photos.prefix(200)), faces(in: drawn.prefix(200))),
      refined: try [.code, .codeAndChannels].map { try measureRefinement($0, photos) },
      pca: try principalComponents(of: photos))
  }

  private func measureRefinement(
    _ parts: Refinement.Parts, _ photos: [Image]
  ) throws -> EvaluationReport.Reconstruction.Refined {
    let some = Array(photos.prefix(refinedPhotos))
    let drawn = try some.enumerated().map { index, photo in
      try advance("refinement", index + 1, of: some.count)
      let inversion = try generator.inversion(
        of: photo, from: held.photos[index].face.code, by: Refinement(steps: refinedSteps, parts: parts),
        report: { _ in })
      return inversion.generator.generate(inversion.code)
    }
    return .init(
      steps: refinedSteps, parts: parts == .code ? "code" : "code and channels", images: some.count,
      psnr: zip(some, drawn).map { $0.peakSignalToNoiseRatio(to: $1) }.mean.ifFinite,
      identity: similarity(faces(in: some), faces(in: drawn)))
  }

  /// What as many principal components of training photos' pixels give back as a code has numbers.
  private func principalComponents(
    of photos: [Image]
  ) throws -> [EvaluationReport.Reconstruction.Components] {
    try advance("principal components", 0, of: 1)
    let learned = dataset.images(in: .train).prefix(Self.componentPhotos)
    let size = 3 * encoder.imageSize * encoder.imageSize
    let faces = try dataset.faces(
      of: learned, by: encoder.framing, size: encoder.imageSize, leavingOut: LeftOutImages()
    ).map(\.face)
    let rows = Tensor(faces).reshaped(to: [faces.count, size])
    let count = min(generator.latentSize, faces.count - 1)
    let components = PrincipalComponents(of: rows, count: count, threads: threads)
    let drawn = try photos.batches.flatMap { batch in
      try Task.checkCancellation()
      let batch = Tensor(Array(batch))
      return Image.images(
        from: components.projected(batch.reshaped(to: [batch.shape[0], size]), threads: threads)
          .reshaped(to: batch.shape))
    }
    return [
      .init(
        components: components.variances.count,
        psnr: zip(photos, drawn).map { $0.peakSignalToNoiseRatio(to: $1) }.mean.ifFinite)
    ]
  }

  /// The faces that the encoder saw of photos.
  private func crops(of judge: EditJudge) -> [Image] {
    judge.photos.map { $0.image.cropped(to: $0.frame, size: encoder.imageSize) }
  }

  /// What a recognizer is to see of crops that were cut out for the encoder.
  private func faces(in crops: some Collection<Image>) -> [Image] {
    crops.map { $0.recognizedFace(in: .centerSquare(of: $0), by: encoder.alignment) }
  }

  /// How many training photos the principal components are learned from; their Gram matrix is as large squared.
  private static let componentPhotos = 3000

  /// Images that the generator draws of noise, beside photos.
  func measureGenerated() throws -> EvaluationReport.Generated {
    let count = min(generatedImages, held.labels.count)
    try advance("generated images", 0, of: count)
    let size = scorer.imageSize
    let random = generator.generate(generator.randomCodes(count, seed: 1))
    let generated = FeatureSet(scorer.features(of: random.map { $0.resized(width: size, height: size) }))
    let photos = FeatureSet(
      scorer.features(of: held.photos.prefix(count).map { $0.image.cropped(to: $0.frame, size: size) }))
    let train = dataset.images(in: .train)
    let seen = FeatureSet(
      .concatenated(
        try stride(from: 0, to: train.count, by: 64).compactMap { start in
          try advance("training photos", start, of: train.count)
          let batch = try dataset.faces(
            of: train[start..<min(start + 64, train.count)], by: encoder.framing, size: size,
            leavingOut: LeftOutImages())
          return batch.isEmpty ? nil : scorer.features(of: batch.map(\.face))
        }))
    let similarity = photos.precisionAndRecall(of: generated, threads: threads)
    func median(_ features: FeatureSet) -> Double? {
      let distances = features.distancesToNearest(in: seen, threads: threads).sorted()
      return distances[distances.count / 2].ifFinite
    }
    return .init(
      fdScorer: photos.frechetDistance(to: generated).ifFinite, precision: similarity.precision,
      recall: similarity.recall,
      nearestNeighbor: .init(generatedMedian: median(generated), validationMedian: median(photos)),
      images: count)
  }
}
