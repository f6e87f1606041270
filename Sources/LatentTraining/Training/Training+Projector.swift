import LatentArithmetic
import LatentCore

extension Training {
  /// How many of the most frequent words get a place in the table of directions.
  private static let tableSize = 6000

  /// Trains a word projector in the latent space of the model and adds it with a table of directions.
  ///
  /// The record in the model holds the variance of validation images' differences that the words explained before
  /// calibration, and for each word that a scorer knows the share of tuning photos that look to it at θ = 1 as the median
  /// of real photos with the attribute, or more so; below 0.5 the word is weak. A raw recipe has no calibration, and its
  /// θ = 1 is whatever length and sign the loss left. Ranks share the reading of the images; the steps, which take a
  /// thousandth of that, each makes for itself.
  ///
  /// - Parameters:
  ///   - recipe: Method, optimizer and steps.
  ///   - vectors: The word vectors to learn from.
  ///   - scorer: Says how far θ = 1 goes, by finished photos of the tuning split, edited as users' are; a raw recipe has
  ///     none.
  /// - Precondition: There is no scorer where the recipe is raw.
  /// - Throws: ``TrainingError``, `ModelError`, `ImageError`, `FileError`, `TensorFileError`, `CancellationError`.
  public func trainProjector(
    _ recipe: ProjectorRecipe, vectors: WordVectors, scorer: AttributeScorer? = nil
  ) throws {
    precondition(scorer == nil || !recipe.isRaw, "A raw projector is not calibrated, and takes no scorer.")
    let run = try begin()
    var result = try Model(contentsOf: model)
    let words = AttributeWords(attributeNames: dataset.attributeNames, in: vectors)
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    if words.entries.isEmpty { throw TrainingError.noWords }
    let encoder = try ConvolutionalEncoder(result, threads: options.threads)
    let generator = try ConvolutionalGenerator(result, threads: options.threads)
    let images = dataset.images(in: .train)
    guard images.count > 1 else { throw TrainingError.tooFewImages(expected: 2, got: images.count) }
    var record = RunRecord(recipe: recipe, seed: seed, images: images.count)
    let data = try dataset.labeledCodes(
      of: images, words: words.entries, by: encoder, leavingOut: leftOut, ranks: options.ranks, report: report
    )
    var trainer = try ProjectorTrainer(
      record: record, words: words.entries.map(\.word), vectors: vectors, data: data, generator: generator,
      threads: options.threads)
    try list(images)
    try run.run(&trainer, report: report)
    guard options.ranks.isFirst else { return }
    var measured: [String: Double] = [:]
    let held = dataset.images(in: .validation).prefix(Self.measured)
    if held.count > 1 {
      let data = try dataset.labeledCodes(
        of: held, words: words.entries, by: encoder, leavingOut: leftOut, report: report)
      measured["validation explained variance"] = Double(trainer.explainedVariance(of: data))
    }
    let judge = try scorer.flatMap { scorer in
      try EditJudge(
        dataset, split: .tuning, atMost: Self.measured, model: result, rendering: nil, scorer: scorer,
        threads: options.threads, report: report)
    }
    let targets = words.entries.map { judge?.target(of: $0, dataset.attributeNames) }
    var calibration = StepLoop("calibrating", steps: trainer.calibratedWords)
    let projector = try trainer.projector(
      companions: words.companions(in: vectors),
      unit: { word, direction in
        var step: UnitStep?
        try calibration.advance(report: report) {
          step = try targets[word].flatMap { try judge?.unitStep(for: $0, along: direction) }
          return []
        }
        guard let step else { return nil }
        measured[RunRecord<ProjectorRecipe>.typicalityPrefix + words.entries[word].word] = step.typicality
        return step.isOfUse ? step.length : nil
      })
    record.measured = measured
    result.set(.projector, to: projector, record: record.json)
    let meanFace = try meanFace(of: images, for: encoder)
    result.meanCode = encoder.codes(of: meanFace).reshaped(to: [result.network.latentSize])
    try result.setDirections(of: vectors.words(Self.tableSize, including: AttributeWords.vocabulary), vectors)
    try result.write(to: model, precision: .single)
    leftOut.summarize(of: dataset.images.count)
  }

  /// The mean of images, [1, size, size, 3].
  ///
  /// Its code is the plainest face. The mean of codes is none: codes lie on a shell about it, and the generator of an
  /// autoencoder has never been there. A thousand images are enough.
  private func meanFace(of images: [ImageDataset.Entry], for encoder: ConvolutionalEncoder) throws -> Tensor {
    let some = images.prefix(1000)
    var (mean, count) = (nil as Tensor?, 0)
    for image in some {
      for (_, image) in try dataset.faces(
        of: [image], by: encoder.framing, size: encoder.imageSize, leavingOut: leftOut)
      {
        let face = Tensor(image)
        mean = mean.map { Kernels.linearCombination(1, $0, 1, face, threads: options.threads) } ?? face
        count += 1
      }
    }
    guard let sum = mean else { throw TrainingError.tooFewImages(expected: 1, got: 0) }
    return Kernels.linearCombination(1 / Float(count), sum, 0, sum, threads: options.threads)
  }
}

extension AttributeWords {
  /// Words beside the trained ones that calibration knows about: synonyms, and words that say nothing of a face.
  ///
  /// The latter are taken from the frequent words of the file, evenly, as far as they are unlike all words for faces.
  /// Without them a word of any meaning would get some direction.
  fileprivate func companions(in vectors: WordVectors) -> [Calibration.Companion] {
    let faces = (entries + synonyms).compactMap { vectors[$0.word] }.map(Direction<ZSpace>.init)
    let neutral = stride(from: 0, to: min(3000, vectors.words.count), by: 4).compactMap {
      index -> [Float]? in
      guard let vector = vectors[vectors.words[index]] else { return nil }
      let direction = Direction<ZSpace>(vector)
      return faces.allSatisfy { $0.cosine(to: direction) < 0.5 } ? vector : nil
    }
    return synonyms.compactMap { synonym in
      guard let vector = vectors[synonym.word],
        let word = entries.firstIndex(where: { $0.attributeIndex == synonym.attributeIndex })
      else { return nil }
      return Calibration.Companion(embedding: vector, word: word)
    } + neutral.map { Calibration.Companion(embedding: $0, word: nil) }
  }
}

extension WordVectors {
  /// The most frequent words, and those of `others` that are known but not among them.
  fileprivate func words(_ count: Int, including others: [String]) -> [String] {
    let frequent = Array(words.prefix(count))
    let known = Set(frequent)
    return frequent + Set(others).subtracting(known).filter { self[$0] != nil }.sorted()
  }
}

extension Model {
  /// Fills the table of directions by the projector.
  fileprivate mutating func setDirections(of words: [String], _ vectors: WordVectors) throws {
    let parameters = try parameters(of: .projector)
    let network = ProjectorNetwork(parameters: parameters, latentSize: network.latentSize)
    let input = Tensor(
      shape: [words.count, vectors.dimension], elements: try words.flatMap { try vectors.vector(for: $0) })
    directions = WordVectors(
      words: words, values: network.layers.inferred(input, parameters, threads: 1).elements)
  }
}
