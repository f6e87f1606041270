import LatentArithmetic
import LatentCore
import LatentTraining

extension Benchmark {
  /// The step that trains a painter, by the library's own recipe but for the batch.
  static let painterSteps = [
    Benchmark("painter step B32") { try PainterStep(batch: 32, threads: $0) }
  ]
}

/// One update of the discriminator on photos and paintings, one of the painter, and its average.
private struct PainterStep: Workload {
  /// As many as CelebA has; the last has no word, so that the painter has directions of 39, as the embedded one has.
  private static let attributeNames = (0..<40).map { "attribute\($0)" }

  private var training: PainterTraining
  private let images: Tensor
  private let entries: [ImageDataset.Entry]
  private let threads: Int

  init(batch: Int, threads: Int) throws {
    var stream = RandomStream(input: "painter step")
    entries = (0..<batch).map { index in
      var entry = ImageDataset.Entry(fileName: "\(index)")
      var labels = ImageDataset.Attributes()
      for attribute in Self.attributeNames.indices { labels[attribute] = stream.uniform() < 0.25 }
      entry.attributes = labels
      return entry
    }
    let size = PainterConfiguration.imageSize
    images = stream.normal(shape: [batch, size, size, 3])
    var recipe = PainterRecipe()
    recipe.batch = batch
    training = PainterTraining(
      recipe: recipe,
      model: try PaintedModel(
        Self.freshModel(&stream), attributeNames: Self.attributeNames, threads: threads),
      entries: entries, seed: 1)
    training.share = BatchShare(ranks: .alone, slices: recipe.slices)
    self.threads = threads
  }

  mutating func iterate() throws -> Tensor {
    let losses = try training.update(images: images, of: entries, threads: threads)
    return Tensor(shape: [losses.count], elements: losses)
  }

  /// A generator and an encoder of the library's own sizes, and a table of random directions.
  private static func freshModel(_ stream: inout RandomStream) -> Model {
    let network = AutoencoderRecipe().network
    var model = Model(network, framing: .detected(by: .celebaWide))
    model.set(.generator, to: Parameters(network.generator.parameters, seed: 1), record: "{}")
    model.set(.encoder, to: Parameters(network.encoder.parameters, seed: 1), record: "{}")
    let words = attributeNames.dropLast()
    model.directions = WordVectors(
      words: words, values: stream.normal(shape: [words.count, network.latentSize]).elements)
    return model
  }
}
