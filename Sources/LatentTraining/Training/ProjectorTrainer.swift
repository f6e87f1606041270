import LatentArithmetic
import LatentCore

/// Trains a word projector on the codes of labeled images.
package struct ProjectorTrainer: SampledWork {
  package static let lossNames = ["loss", "explained variance"]
  private static let shownThetas = [-2, -1, 0, 1, 2]
  private static let shownWords = 6

  private let record: RunRecord<ProjectorRecipe>
  private let words: [String]
  private let embeddings: Tensor
  /// The training images' codes, white ones but in a raw training, and their labels.
  private let data: LabeledLatents
  /// What made the codes white; nil in a raw training.
  private let whitening: Whitening?
  /// The mean of the training images' codes as the encoder gave them.
  private let center: Latent<ZSpace>
  private let generator: ConvolutionalGenerator
  private let threads: Int
  private var training: ProjectorTraining

  /// Makes a trainer.
  ///
  /// - Parameters:
  ///   - record: Recipe, seed and number of images.
  ///   - words: The word of each column of labels, each known to `vectors`.
  ///   - vectors: The word vectors.
  ///   - data: Codes and labels of the training images.
  ///   - generator: Draws the sample sheets.
  ///   - threads: The most threads to use.
  /// - Throws: ``WordVectorsError`` when a word has no vector, ``TrainingError``
  ///   when no attribute varies or the codes are not finite.
  package init(
    record: RunRecord<ProjectorRecipe>, words: [String], vectors: WordVectors, data: LabeledLatents,
    generator: ConvolutionalGenerator, threads: Int
  ) throws {
    guard (0..<data.words).contains(where: data.varies) else { throw TrainingError.noVariation }
    (self.record, self.words) = (record, words)
    whitening = record.recipe.isRaw ? nil : try Whitening(of: data.latents)
    self.data = data.whitened(by: whitening)
    center = Latent(data.latents.meanRow().elements)
    (self.generator, self.threads) = (generator, threads)
    embeddings = Tensor(
      shape: [words.count, vectors.dimension], elements: try words.flatMap { try vectors.vector(for: $0) })
    training = ProjectorTraining(
      recipe: record.recipe, embeddings: embeddings, data: self.data, seed: record.seed)
  }

  package var step: Int { training.step }
  package var steps: Int { record.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity + " " + words.joined(separator: " ") }

  package func continues(_ identity: String) -> Bool {
    RunIdentity.isSameButImages(identity, self.identity)
  }

  /// How many words calibration looks at.
  package var calibratedWords: Int { (0..<data.words).count(where: data.varies) }

  /// The trained projector, calibrated unless the training is raw.
  ///
  /// - Parameters:
  ///   - companions: Words that were not trained on, whose directions are known all the same.
  ///   - unit: How far θ = 1 goes along a direction; the word's mean change along it where nil.
  /// - Returns: All parameters of the projector.
  /// - Throws: ``TrainingError/calibrationNotFinite``; what `unit` throws.
  package func projector(
    companions: [Calibration.Companion] = [],
    unit: (_ word: Int, _ direction: Direction<ZSpace>) throws -> Float? = { _, _ in nil }
  ) throws -> Parameters {
    guard let whitening else { return training.projector }
    return whitening.colored(
      try Calibration.calibrated(
        training.projector, embeddings: embeddings, data: data, companions: companions,
        orthogonalizes: record.recipe.orthogonalizes, threads: threads,
        unit: { try unit($0, whitening.colored($1)) }))
  }

  package mutating func advance() -> [Float] {
    let pairs = data.randomPairs(record.recipe.batch, seed: record.seed, name: "pairs \(step)")
    let losses = training.update(pairs: pairs, threads: threads)
    return [losses.loss, losses.explainedVariance]
  }

  package mutating func restore(_ state: Parameters, step: Int) { training.restore(state, step: step) }

  /// The share of the variance of codes' differences that the words explain, on images not trained on; the codes are made
  /// white as those trained on were.
  package func explainedVariance(of held: LabeledLatents) -> Float {
    let pairs = held.randomPairs(4096, seed: record.seed, name: "held-out pairs")
    return training.losses(on: held.whitened(by: whitening), pairs: pairs, threads: threads).explainedVariance
  }

  /// The mean face with some of the words taken away and added.
  package func sample() throws -> Image? {
    let projector = try projector()
    let network = ProjectorNetwork(parameters: projector, latentSize: generator.latentSize)
    let directions = network.layers.inferred(embeddings, projector, threads: threads)
    let shown = Array(words.indices.prefix(Self.shownWords))
    let codes = shown.flatMap { word in
      Self.shownThetas.map { theta in center + Float(theta) * Direction(directions.row(word)) }
    }
    let images = generator.generate(codes)
    let rows = shown.map { word in
      let start = word * Self.shownThetas.count
      return Sheet.Row(
        label: words[word], images: Array(images[start..<start + Self.shownThetas.count]))
    }
    return Sheet(rows: rows, columnLabels: Self.shownThetas.map { "θ = \($0)" }).image(cell: 80)
  }
}

extension LabeledLatents {
  fileprivate func whitened(by whitening: Whitening?) -> LabeledLatents {
    guard let whitening else { return self }
    return LabeledLatents(latents: whitening.whitened(latents), labels: labels, words: words)
  }
}
