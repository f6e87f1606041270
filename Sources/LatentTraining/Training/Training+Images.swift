import Foundation
import LatentArithmetic
import LatentCore

extension Training {
  /// Trains a generator and writes a new model that has only it.
  ///
  /// - Throws: ``TrainingError``, `RunError`, `ImageError`, `FileError`, `CancellationError`.
  public func trainGAN(_ recipe: GANRecipe) throws {
    let run = try begin()
    let framing = framing(recipe.alignment)
    guard
      let (training, record) = try trained(
        GANTraining(recipe: recipe, seed: seed), by: recipe, framing: framing, in: run)
    else { return }
    var result = Model(recipe.network, framing: framing)
    result.set(.generator, to: training.result, record: record.json)
    try result.write(to: model, precision: .single)
  }

  /// Trains an encoder for the generator of the model and adds it.
  ///
  /// The record in the model holds the mean squared error and the PSNR (peak 2) on validation images.
  ///
  /// - Throws: ``TrainingError``, `RunError`, `ModelError`, `ImageError`, `FileError`, `TensorFileError`,
  ///   `CancellationError`.
  public func trainEncoder(_ recipe: EncoderRecipe) throws {
    let run = try begin()
    var result = try Model(contentsOf: model)
    let network = result.network
    let start = EncoderTraining(
      network: network, settings: recipe.optimizer, generator: try result.parameters(of: .generator),
      encoder: Parameters(network.encoder.parameters, seed: seed))
    guard
      let (training, record) = try trained(
        start, by: recipe, framing: result.framing,
        showing: shownImages(result.framing, size: network.imageSize), in: run)
    else { return }
    result.set(.encoder, to: training.encoder, record: record.json)
    try measure(&result, record)
    try result.write(to: model, precision: .single)
  }

  /// Trains encoder and generator together and writes a new model that has both.
  ///
  /// Codes of the training images have zero mean and unit covariance in the model, and random codes come from a mixture of
  /// normal distributions that is fitted to those of the images taken as they came. The record of the encoder holds
  /// the mean squared error and the PSNR (peak 2) on validation images.
  ///
  /// - Throws: ``TrainingError``, `RunError`, `ModelError`, `ImageError`, `FileError`, `CancellationError`.
  public func trainAutoencoder(_ recipe: AutoencoderRecipe) throws {
    let run = try begin()
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let start = AutoencoderTraining(
      recipe: recipe, attributes: dataset.attributeNames.count, seed: seed)
    let framing = framing(recipe.alignment)
    guard
      let (training, record) = try trained(
        start, by: recipe, framing: framing,
        showing: shownImages(framing, size: recipe.imageSize), in: run)
    else { return }
    var result = Model(recipe.network, framing: framing)
    let parts = training.result
    result.set(.generator, to: parts.generator, record: record.json)
    result.set(.encoder, to: parts.encoder, record: record.json)
    let (images, codes) = try dataset.codes(
      of: dataset.images(in: .train), by: ConvolutionalEncoder(result, threads: options.threads),
      leavingOut: leftOut, report: report)
    let whitening = try Whitening(of: codes)
    result.set(.generator, to: whitening.decoded(parts.generator), record: record.json)
    result.set(.encoder, to: whitening.encoded(parts.encoder), record: record.json)
    let natural = images.indices.filter { images[$0].isNatural }
    result.randomCodes = try GaussianMixture(
      fitting: whitening.whitened(codes.rows(natural.count > 1 ? natural : Array(images.indices))),
      seed: seed,
      threads: options.threads, report: report)
    try measure(&result, record)
    try result.write(to: model, precision: .single)
  }

  /// Images for sample sheets, which no training sees.
  func shownImages(
    _ framing: Framing, size: Int
  ) throws -> [Image] {
    try dataset.faces(
      of: dataset.images(in: .validation).prefix(10), by: framing, size: size, leavingOut: leftOut
    ).map(\.face)
  }

  /// Puts into the encoder's record how well validation images are reconstructed.
  private func measure<Recipe>(_ model: inout Model, _ record: RunRecord<Recipe>) throws {
    let held = dataset.images(in: .validation).prefix(Self.measured)
    if held.isEmpty { return }
    let error = try meanSquaredError(
      held, ConvolutionalEncoder(model, threads: options.threads),
      ConvolutionalGenerator(model, threads: options.threads))
    var record = record
    record.measured = ["validation mse": error, "validation psnr": 10 * log10(4 / error)]
    model.records[Model.Part.encoder.rawValue] = record.json
  }

  private func meanSquaredError(
    _ images: some Collection<ImageDataset.Entry>, _ encoder: ConvolutionalEncoder,
    _ generator: ConvolutionalGenerator
  ) throws -> Double {
    let images = Array(images)
    var (sum, count) = (0.0, 0.0)
    try StepLoop.forEach("measuring", of: images.count, report: report) { items in
      for (_, face) in try dataset.faces(
        of: images[items], by: encoder.framing, size: encoder.imageSize, leavingOut: leftOut)
      {
        sum += face.meanSquaredError(to: generator.generate(try encoder.encode(face)))
        count += 1
      }
    }
    return sum / count
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
