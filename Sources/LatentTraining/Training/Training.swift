import Foundation
import LatentArithmetic
import LatentCore

/// The trainings as commands: each takes data, adds its part to a model file, and can be stopped and resumed.
///
/// Cancelling the task that a training runs in stops it between two passes through a network. It then leaves a
/// checkpoint of the last whole step, throws a `CancellationError`, and writes no model.
public struct Training {
  /// The images; those of the training split are learnt from, those of the validation split measured on.
  public let dataset: ImageDataset
  /// The model file.
  public let model: URL
  /// Decides every random number.
  public let seed: UInt64
  /// Where checkpoints, losses and samples go, and how often.
  public let options: RunOptions
  /// Called after each step.
  public let report: (StepProgress) -> Void

  /// How many validation images a sample sheet shows, and how many at most are measured.
  private static let shown = 10
  private static let measured = 1500
  /// How many of the most frequent words get a place in the table of directions.
  private static let tableSize = 6000

  /// Describes a training.
  public init(
    dataset: ImageDataset, model: URL, seed: UInt64, options: RunOptions,
    report: @escaping (StepProgress) -> Void
  ) {
    (self.dataset, self.model, self.seed, self.options) = (dataset, model, seed, options)
    self.report = report
  }

  /// Trains a generator and writes a new model that has only it.
  ///
  /// - Throws: ``TrainingError``, ``ImageError``, `FileError`, `CancellationError`.
  public func trainGAN(_ recipe: GANRecipe) throws {
    let run = try begin()
    var trainer = try GANTrainer(
      recipe: recipe, images: urls(in: .train), seed: seed, threads: options.threads)
    try run.run(&trainer, report: report)
    var result = Model(network: recipe.network)
    result.set(.generator, to: trainer.generator, record: trainer.record.json)
    try result.write(to: model, precision: .single)
  }

  /// Trains an encoder for the generator of the model and adds it.
  ///
  /// The record in the model holds the mean squared error and the PSNR (peak 2) on validation images.
  ///
  /// - Throws: ``TrainingError``, ``ModelError``, ``ImageError``, `FileError`, `TensorFileError`, `CancellationError`.
  public func trainEncoder(_ recipe: EncoderRecipe) throws {
    let run = try begin()
    var result = try Model(contentsOf: model)
    let record = RunRecord(recipe: recipe, seed: seed, images: urls(in: .train).count)
    var trainer = try EncoderTrainer(
      model: result, record: record, images: urls(in: .train), shown: try shownImages(),
      threads: options.threads)
    try run.run(&trainer, report: report)
    result.set(.encoder, to: trainer.encoder, record: record.json)
    try measure(&result, record)
    try result.write(to: model, precision: .single)
  }

  /// Puts into the encoder's record how well validation images are drawn again.
  func measure<Recipe>(_ model: inout Model, _ record: RunRecord<Recipe>) throws {
    let held = dataset.images(in: .validation).prefix(Self.measured)
    if held.isEmpty { return }
    let error = try meanSquaredError(
      held, ConvolutionalEncoder(model, threads: options.threads),
      ConvolutionalGenerator(model, threads: options.threads))
    var record = record
    record.measured = ["validation mse": error, "validation psnr": 10 * log10(4 / error)]
    model.records[Model.Part.encoder.rawValue] = record.json
  }

  /// Images for sample sheets, which no training sees.
  func shownImages() throws -> [Image] {
    try dataset.faces(of: dataset.images(in: .validation).prefix(Self.shown))
  }

  /// Trains a word projector in the latent space of the model and adds it with a table of directions.
  ///
  /// The record in the model holds the variance of validation images' differences that the words explained before
  /// calibration, and for each word that a scorer knows the share of tuning photos that pass it at θ = 1; below 0.9
  /// the word is weak.
  ///
  /// - Parameters:
  ///   - recipe: Method, optimizer and steps.
  ///   - vectors: The word vectors to learn from.
  ///   - scorer: Says how far θ = 1 goes, by photos of the tuning split.
  /// - Throws: ``TrainingError``, ``ModelError``, ``ImageError``, `FileError`, `TensorFileError`, `CancellationError`.
  public func trainProjector(
    _ recipe: ProjectorRecipe, vectors: WordVectors, scorer: AttributeScorer? = nil
  ) throws {
    let run = try begin()
    var result = try Model(contentsOf: model)
    let words = AttributeWords(attributeNames: dataset.attributeNames, in: vectors)
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    if words.entries.isEmpty { throw TrainingError.noWords }
    let encoder = try ConvolutionalEncoder(result, threads: options.threads)
    let generator = try ConvolutionalGenerator(result, threads: options.threads)
    let trained = dataset.images(in: .train)
    guard trained.count > 1 else { throw TrainingError.tooFewImages(expected: 2, got: trained.count) }
    var record = RunRecord(recipe: recipe, seed: seed, images: trained.count)
    let data = try dataset.labeledCodes(of: trained, words: words.entries, by: encoder, report: report)
    var trainer = try ProjectorTrainer(
      record: record, words: words.entries.map(\.word), vectors: vectors, data: data, generator: generator,
      threads: options.threads)
    try run.run(&trainer, report: report)
    var measured: [String: Double] = [:]
    let held = dataset.images(in: .validation).prefix(Self.measured)
    if held.count > 1 {
      let data = try dataset.labeledCodes(of: held, words: words.entries, by: encoder, report: report)
      measured["validation explained variance"] = Double(trainer.explainedVariance(of: data))
    }
    let judge = try scorer.flatMap { scorer in
      try EditJudge(
        dataset, .tuning, atMost: Self.measured, generator: generator, encoder: encoder, scorer: scorer)
    }
    let targets = words.entries.map { judge?.target(of: $0, dataset.attributeNames) }
    let projector = try trainer.projector(
      companions: words.companions(in: vectors),
      unit: { word, direction in
        guard let target = targets[word], let step = try judge?.unitStep(for: target, along: direction) else {
          return nil
        }
        measured[RunRecord<ProjectorRecipe>.successPrefix + words.entries[word].word] = Double(
          step.success)
        return step.isStrong ? step.length : nil
      })
    record.measured = measured
    result.set(.projector, to: projector, record: record.json)
    result.meanCode = encoder.codes(of: try meanFace(of: trained)).reshaped(to: [result.network.latentSize])
    try result.setDirections(of: vectors.words(Self.tableSize, including: AttributeWords.vocabulary), vectors)
    try result.write(to: model, precision: .single)
  }

  /// Finds out what would stop the training at its end, before its first image is read.
  func begin() throws -> SteppedRun {
    try Task.checkCancellation()
    let folder = model.deletingLastPathComponent()
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw FileError.folderMissing(path: folder.path)
    }
    let run = try SteppedRun(options)
    for folder in [folder, options.folder] { AtomicFile.removeLeftovers(in: folder) }
    return run
  }

  private func urls(in split: ImageDataset.Split) -> [URL] {
    dataset.images(in: split).map(dataset.url(of:))
  }

  private func meanSquaredError(
    _ images: some Collection<ImageDataset.Entry>, _ encoder: ConvolutionalEncoder,
    _ generator: ConvolutionalGenerator
  ) throws -> Double {
    var clock = StepClock()
    var sum = 0.0
    for (index, image) in images.enumerated() {
      try Task.checkCancellation()
      let face = try dataset.face(of: image)
      sum += face.meanSquaredError(to: generator.generate(try encoder.encode(face)))
      report(
        StepProgress(
          activity: "measuring", step: index + 1, steps: images.count, losses: [], rate: clock.tick()))
    }
    return sum / Double(images.count)
  }

  /// The mean of images, [1, 80, 80, 3].
  ///
  /// Its code is the plainest face. The mean of codes is none: codes lie on a shell about it, and the generator of an
  /// autoencoder has never been there. A thousand images are enough.
  private func meanFace(of images: [ImageDataset.Entry]) throws -> Tensor {
    let some = images.prefix(1000)
    var sum = try Tensor(dataset.face(of: some[0]))
    for image in some.dropFirst() {
      try Task.checkCancellation()
      let face = try Tensor(dataset.face(of: image))
      sum = Kernels.linearCombination(1, sum, 1, face, threads: options.threads)
    }
    return Kernels.linearCombination(1 / Float(some.count), sum, 0, sum, threads: options.threads)
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

extension Image {
  /// The mean squared difference to an image of the same size, on the scale of −1...1.
  fileprivate func meanSquaredError(to other: Image) -> Double {
    zip(pixels, other.pixels).reduce(0) { sum, pair in
      let difference = (Double(pair.0) - Double(pair.1)) / 127.5
      return sum + difference * difference
    } / Double(pixels.count)
  }
}
