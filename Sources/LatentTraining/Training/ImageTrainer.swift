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
  private let threads: Int
  private let leftOut: LeftOutImages
  private var stream: ImageStream

  /// Makes a trainer on the images of the training split; `shown` are images for the sample sheet.
  ///
  /// - Throws: ``TrainingError/tooFewImages(expected:got:)`` when there are fewer than a batch.
  init(
    _ training: Training, by recipe: Training.Recipe, on dataset: ImageDataset, framing: Framing,
    seed: UInt64, shown: [Image] = [], threads: Int, leavingOut leftOut: LeftOutImages = LeftOutImages()
  ) throws(TrainingError) {
    entries = dataset.images(in: .train, of: recipe.people)
    guard entries.count >= recipe.batch else {
      throw .tooFewImages(expected: recipe.batch, got: entries.count)
    }
    (self.training, self.dataset, self.framing) = (training, dataset, framing)
    (self.shown, self.threads, self.leftOut) = (shown, threads, leftOut)
    record = RunRecord(recipe: recipe, seed: seed, images: entries.count)
    stream = Self.stream(
      of: entries, in: dataset, framing, training.imageSize, record, startingAt: 0, leftOut)
  }

  private static func stream(
    of entries: [ImageDataset.Entry], in dataset: ImageDataset, _ framing: Framing,
    _ size: Int, _ record: RunRecord<Training.Recipe>, startingAt step: Int, _ leftOut: LeftOutImages
  ) -> ImageStream {
    ImageStream(
      images: entries.map(dataset.url(of:)), framing: framing, size: size,
      batch: record.recipe.batch, seed: record.seed, flips: record.recipe.flips,
      smallestCrop: record.recipe.smallestCrop, startingAt: step, leavingOut: leftOut)
  }

  var step: Int { training.step }
  var steps: Int { record.recipe.steps }
  var identity: String { record.identity }

  func continues(_ identity: String) -> Bool { RunIdentity.isSameButImages(identity, self.identity) }

  var state: Parameters { training.state }

  mutating func advance() throws -> [Float] {
    let batch = try stream.next()
    return try training.update(
      images: batch.images, of: batch.indices.map { entries[$0] }, threads: threads)
  }

  mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = Self.stream(
      of: entries, in: dataset, framing, training.imageSize, record, startingAt: step, leftOut)
  }

  func sample() -> Image? { training.sample(of: shown, threads: threads) }
}
