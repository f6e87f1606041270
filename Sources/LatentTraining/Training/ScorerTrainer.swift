import Foundation
import LatentArithmetic
import LatentCore

/// Trains a scorer: the mean binary cross-entropy of all attributes.
package struct ScorerTrainer: SampledWork {
  package static let lossNames = ["cross-entropy"]

  private let record: RunRecord<ScorerRecipe>
  private let images: [URL]
  private let labels: [ImageDataset.Attributes]
  private let attributes: Int
  private let layers: Sequential
  private let threads: Int
  private var trained: TrainedParameters
  /// The running average of the weights and statistics.
  private(set) var average: Parameters
  private var stream: ImageStream

  /// Makes a trainer; each image has its attributes in `labels`.
  init(
    record: RunRecord<ScorerRecipe>, images: [URL], labels: [ImageDataset.Attributes],
    attributes: Int,
    threads: Int
  ) throws {
    let recipe = record.recipe
    (self.record, self.images, self.labels) = (record, images, labels)
    (self.attributes, self.threads) = (attributes, threads)
    layers = AttributeScorer.layers(attributes: attributes, width: recipe.width)
    let start = Parameters(layers.parameters, seed: record.seed)
    trained = TrainedParameters(start, prefix: Self.prefix, by: recipe.optimizer)
    average = start
    stream = try recipe.stream(of: images, seed: record.seed)
  }

  private static let prefix = "scorer."
  private static let averagePrefix = "average."

  package var step: Int { trained.step }
  package var steps: Int { record.recipe.steps }
  package var identity: String { record.identity }
  package var state: Parameters {
    var state = trained.state
    state.merge(average.prefixed(with: Self.averagePrefix))
    return state
  }

  package mutating func advance() throws -> [Float] {
    let batch = try stream.next()
    let tape = Tape(threads: threads)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let loss = layers(tape.constant(batch.images), binding)
      .binaryCrossEntropy(targets: .targets(batch.indices.map { labels[$0] }, attributes: attributes))
    try Task.checkCancellation()
    let gradients = tape.gradients(of: loss)
    trained.merge(binding.updates)
    trained.update(gradients: gradients, threads: threads)
    average.average(with: trained.values, decay: record.recipe.averageDecay, threads: threads)
    return [loss.value.scalar]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    average = state.removingPrefix(Self.averagePrefix)
    trained.restore(state, step: step)
    stream = record.recipe.stream(ofEnough: images, seed: record.seed, startingAt: step)
  }

  package func sample() throws -> Image? { nil }
}

extension Tensor {
  /// [images, attributes]: 1 for each attribute that an image has; mirroring an image changes none.
  static func targets(_ labels: [ImageDataset.Attributes], attributes: Int) -> Tensor {
    Tensor(
      shape: [labels.count, attributes],
      elements: labels.flatMap { label in (0..<attributes).map { label[$0] ? 1 : 0 } })
  }
}

extension Training {
  /// Trains a scorer of the data set's attributes and writes its file.
  ///
  /// The record in the file holds the share of right answers on the validation split, for each attribute and as the mean.
  ///
  /// - Throws: ``TrainingError``, ``ImageError``, `FileError`, `CancellationError`.
  public func trainScorer(_ recipe: ScorerRecipe) throws {
    let run = try begin()
    let names = dataset.attributeNames
    if names.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let images = dataset.images(in: .train)
    var record = RunRecord(recipe: recipe, seed: seed, images: images.count)
    var trainer = try ScorerTrainer(
      record: record, images: images.map(dataset.url(of:)), labels: images.compactMap(\.attributes),
      attributes: names.count, threads: options.threads)
    try run.run(&trainer, report: report)
    let scorer = AttributeScorer(
      attributeNames: names, layers: AttributeScorer.layers(attributes: names.count, width: recipe.width),
      parameters: trainer.average, threads: options.threads)
    record.measured = try accuracies(of: scorer)
    try Task.checkCancellation()
    try AttributeScorer.write(
      trainer.average, attributeNames: names, width: recipe.width, record: record.json, to: model)
  }

  /// The share of validation images of which the scorer is right, for each attribute, and the mean of them.
  private func accuracies(of scorer: AttributeScorer) throws -> [String: Double]? {
    let held = dataset.images(in: .validation)
    guard !held.isEmpty else { return nil }
    var right = [Int](repeating: 0, count: scorer.attributeNames.count)
    var clock = StepClock()
    for start in stride(from: 0, to: held.count, by: 64) {
      let batch = held[start..<min(start + 64, held.count)]
      let logits = scorer.logits(of: try dataset.faces(of: batch))
      for (image, logits) in zip(batch, logits) {
        for (index, logit) in logits.enumerated() where (logit > 0) == (image.attributes?[index] ?? false) {
          right[index] += 1
        }
      }
      report(
        StepProgress(
          activity: "measuring", step: start + batch.count, steps: held.count, losses: [],
          rate: 64 * clock.tick()))
    }
    let shares = right.map { Double($0) / Double(held.count) }
    var result = Dictionary(uniqueKeysWithValues: zip(scorer.attributeNames, shares))
    result["mean accuracy"] = shares.reduce(0, +) / Double(shares.count)
    return result
  }
}
