import LatentArithmetic
import LatentCore

/// Feeds the images of a data set to a training, and tells the loop of steps what it has to know of it.
struct ImageTrainer<Training: ImageTraining>: SampledWork {
  static var lossNames: [String] { Training.lossNames }

  private(set) var training: Training
  let record: RunRecord<Training.Recipe>
  private let dataset: ImageDataset
  private let framing: Framing
  private let entries: [ImageDataset.Entry]
  private let shown: [Image]
  private let options: RunOptions
  private let leftOut: LeftOutImages
  private var stream: ImageStream

  /// Makes a trainer on the images of the training split; `shown` are images for the sample sheet.
  ///
  /// - Throws: ``TrainingError/tooFewImages(expected:got:)`` when there are fewer than a batch; `RankError.tooMany` when it has
  ///   not a slice for each rank.
  init(
    _ training: Training, by recipe: Training.Recipe, on dataset: ImageDataset, framing: Framing,
    seed: UInt64, shown: [Image] = [], options: RunOptions,
    leavingOut leftOut: LeftOutImages = LeftOutImages()
  ) throws {
    entries = dataset.images(in: .train, of: recipe.people)
    guard entries.count >= recipe.batch else {
      throw TrainingError.tooFewImages(expected: recipe.batch, got: entries.count)
    }
    guard recipe.slices % options.ranks.count == 0 else {
      throw RankError.tooMany(ranks: options.ranks.count, batch: recipe.batch, slices: recipe.slices)
    }
    (self.training, self.dataset, self.framing) = (training, dataset, framing)
    (self.shown, self.options, self.leftOut) = (shown, options, leftOut)
    self.training.share = BatchShare(ranks: options.ranks, slices: recipe.slices)
    record = RunRecord(recipe: recipe, seed: seed, images: entries.count, slices: recipe.slices)
    stream = Self.stream(
      of: entries, in: dataset, framing, self.training, record, startingAt: 0, leftOut)
  }

  private static func stream(
    of entries: [ImageDataset.Entry], in dataset: ImageDataset, _ framing: Framing,
    _ training: Training, _ record: RunRecord<Training.Recipe>, startingAt step: Int, _ leftOut: LeftOutImages
  ) -> ImageStream {
    ImageStream(
      images: entries.map(dataset.url(of:)), framing: framing, size: training.imageSize,
      batch: record.recipe.batch, seed: record.seed, flips: record.recipe.flips,
      smallestCrop: record.recipe.smallestCrop, startingAt: step,
      share: training.share.own(of: record.recipe.batch), leavingOut: leftOut)
  }

  var step: Int { training.step }
  var steps: Int { record.recipe.steps }
  var identity: String { record.identity }

  func continues(_ identity: String) -> Bool { RunIdentity.isSameButImages(identity, self.identity) }

  var state: Parameters { training.state }

  mutating func advance() throws -> [Float] {
    let batch = Result { try stream.next() }
    // All ranks know what is known of all images; so does each that another cannot go on.
    let indices = try training.share.ranks.gathered(
      batch.map(\.indices), count: training.share.own(of: record.recipe.batch).count)
    return try training.update(
      images: batch.get().images, of: indices.map { entries[$0] }, threads: options.threads)
  }

  mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = Self.stream(
      of: entries, in: dataset, framing, training, record, startingAt: step, leftOut)
  }

  func sample() -> Image? { training.sample(of: shown, threads: options.threads) }
}
