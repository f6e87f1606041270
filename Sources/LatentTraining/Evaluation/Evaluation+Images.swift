import LatentArithmetic
import LatentCore

extension Evaluation {
  /// How well photos come back.
  func measureReconstruction() throws -> EvaluationReport.Reconstruction {
    let photos = Image.images(from: held.photos)
    let drawn = Image.images(from: held.drawings)
    try advance("reconstruction", 0, of: photos.count)
    return EvaluationReport.Reconstruction(
      images: photos.count, psnr: zip(photos, drawn).map { $0.peakSignalToNoiseRatio(to: $1) }.mean,
      ssim: zip(photos, drawn).map { $0.structuralSimilarity(to: $1) }.mean,
      identity: similarity(Array(photos.prefix(200)), Array(drawn.prefix(200))),
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
        of: photo, from: Latent(held.codes.row(index)), by: Refinement(steps: refinedSteps, parts: parts),
        report: { _ in })
      return inversion.generator.generate(inversion.code)
    }
    return .init(
      steps: refinedSteps, parts: parts == .code ? "code" : "code and channels", images: some.count,
      psnr: zip(some, drawn).map { $0.peakSignalToNoiseRatio(to: $1) }.mean,
      identity: similarity(some, drawn))
  }

  /// What as many principal components of training photos' pixels give back as a code has numbers.
  private func principalComponents(
    of photos: [Image]
  ) throws -> [EvaluationReport.Reconstruction.Components] {
    try advance("principal components", 0, of: 1)
    let learnt = dataset.images(in: .train).prefix(Self.componentPhotos)
    let size = held.photos.count / held.photos.shape[0]
    let rows = Tensor(try dataset.faces(of: learnt)).reshaped(to: [learnt.count, size])
    let count = min(generator.latentSize, learnt.count - 1)
    let components = PrincipalComponents(of: rows, count: count, threads: threads)
    let drawn = try held.photos.inBatches { batch in
      components.projected(batch.reshaped(to: [batch.shape[0], size]), threads: threads)
        .reshaped(to: batch.shape)
    }
    return [
      .init(
        components: components.variances.count,
        psnr: zip(photos, Image.images(from: drawn)).map { $0.peakSignalToNoiseRatio(to: $1) }.mean)
    ]
  }

  /// How many training photos the principal components are learnt from; their Gram matrix is as large squared.
  private static let componentPhotos = 3000

  /// Images that the generator draws of noise, beside photos.
  func measureGenerated() throws -> EvaluationReport.Generated {
    let count = min(generatedImages, held.labels.count)
    try advance("generated images", 0, of: count)
    let generated = FeatureSet(scorer.features(of: generator.generate(generator.randomCodes(count, seed: 1))))
    let photos = FeatureSet(scorer.features(of: Array(Image.images(from: held.photos).prefix(count))))
    let train = dataset.images(in: .train)
    let seen = FeatureSet(
      .concatenated(
        try stride(from: 0, to: train.count, by: 64).map { start in
          try advance("training photos", start, of: train.count)
          let batch = train[start..<min(start + 64, train.count)]
          return scorer.features(of: try dataset.faces(of: batch))
        }))
    let similarity = photos.precisionAndRecall(of: generated, threads: threads)
    func median(_ features: FeatureSet) -> Double {
      let distances = features.distancesToNearest(in: seen, threads: threads).sorted()
      return distances[distances.count / 2]
    }
    return .init(
      fdScorer: photos.frechetDistance(to: generated), precision: similarity.precision,
      recall: similarity.recall,
      nearestNeighbor: .init(generatedMedian: median(generated), validationMedian: median(photos)),
      images: count)
  }

  /// A sheet of edits and one of generated images, for the page.
  func figures() throws -> [EvaluationReport.Figure] {
    let editor = Editor(generator: generator, encoder: encoder, projector: projector)
    let shown = ["smiling", "eyeglasses", "blond", "male", "lipstick", "beard"].filter { word in
      words.contains { $0.word == word }
    }
    let photo = Image.images(from: held.photos.images([0]))[0]
    let faces = try editor.faces(in: photo, framed: .whole, rendering: .reconstruct)
    return [
      .init(
        title: "Edits of one photo", caption: "Reconstruction and θ = ½, 1, 2, drawn by the generator.",
        image: try editor.sheet(of: faces, words: shown, thetas: [0.5, 1, 2]).image(cell: 80)),
      .init(
        title: "Images of nobody", caption: "Drawn from noise.",
        image: Image.tiled(generator.generate(generator.randomCodes(32, seed: 2)), columns: 8)),
    ]
  }
}
