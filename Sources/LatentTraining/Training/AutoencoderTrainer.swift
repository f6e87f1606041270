import Foundation
import LatentArithmetic
import LatentCore

/// Trains encoder and generator together on labeled images.
package struct AutoencoderTrainer: SampledWork {
  package static let lossNames = ["mse", "readout", "real", "generated", "shown"]

  private let record: RunRecord<AutoencoderRecipe>
  private let images: [URL]
  private let labels: [ImageDataset.Attributes]
  private let shown: [Image]
  private let threads: Int
  private var training: AutoencoderTraining
  private var stream: ImageStream

  /// Makes a trainer; each image has its attributes in `labels`, and `shown` are images for the sample sheet.
  init(
    record: RunRecord<AutoencoderRecipe>, images: [URL], labels: [ImageDataset.Attributes],
    attributes: Int, shown: [Image], threads: Int
  ) throws {
    (self.record, self.images, self.labels) = (record, images, labels)
    (self.shown, self.threads) = (shown, threads)
    training = AutoencoderTraining(recipe: record.recipe, attributes: attributes, seed: record.seed)
    stream = try record.recipe.stream(of: images, seed: record.seed)
  }

  package var step: Int { training.step }
  package var steps: Int { record.recipe.steps }
  package var state: Parameters { training.state }
  package var identity: String { record.identity }
  /// The trained encoder and generator.
  var result: (encoder: Parameters, generator: Parameters) { training.result }

  package mutating func advance() throws -> [Float] {
    let batch = try stream.next()
    let losses = try training.update(
      real: batch.images,
      labels: .targets(batch.indices.map { labels[$0] }, attributes: training.attributes), threads: threads)
    return [losses.pixels, losses.readout, losses.real, losses.generated, losses.shown]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    training.restore(state, step: step)
    stream = record.recipe.stream(ofEnough: images, seed: record.seed, startingAt: step)
  }

  /// Images above their reconstructions.
  package func sample() -> Image? {
    record.recipe.network.reconstructions(
      of: shown, encoder: result.encoder, generator: result.generator, threads: threads)
  }
}

extension Training {
  /// Trains encoder and generator together and writes a new model that has both.
  ///
  /// Codes of the training images have zero mean and unit covariance in the model. The record of the encoder holds
  /// the mean squared error and the PSNR (peak 2) on validation images.
  ///
  /// - Throws: ``TrainingError``, ``ModelError``, ``ImageError``, `FileError`, `CancellationError`.
  public func trainAutoencoder(_ recipe: AutoencoderRecipe) throws {
    let run = try begin()
    let names = dataset.attributeNames
    if names.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let images = dataset.images(in: .train)
    let record = RunRecord(recipe: recipe, seed: seed, images: images.count)
    var trainer = try AutoencoderTrainer(
      record: record, images: images.map(dataset.url(of:)), labels: images.compactMap(\.attributes),
      attributes: names.count, shown: try shownImages(), threads: options.threads)
    try run.run(&trainer, report: report)
    var result = Model(network: recipe.network)
    let trained = trainer.result
    result.set(.generator, to: trained.generator, record: record.json)
    result.set(.encoder, to: trained.encoder, record: record.json)
    let codes = try dataset.codes(
      of: images, by: ConvolutionalEncoder(result, threads: options.threads), report: report)
    let whitening = try Whitening(of: codes)
    result.set(.generator, to: whitening.decoded(trained.generator), record: record.json)
    result.set(.encoder, to: whitening.encoded(trained.encoder), record: record.json)
    try measure(&result, record)
    try result.write(to: model, precision: .single)
  }
}
