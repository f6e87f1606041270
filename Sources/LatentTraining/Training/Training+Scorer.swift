import LatentArithmetic
import LatentCore

extension Training {
  /// Trains a scorer of the data set's attributes and writes its file.
  ///
  /// The record in the file holds the share of right answers on the validation split, for each attribute and as the mean.
  ///
  /// - Throws: ``TrainingError``, `RunError`, `ImageError`, `FileError`, `CancellationError`.
  public func trainScorer(_ recipe: ScorerRecipe) throws {
    let run = try begin()
    let names = dataset.attributeNames
    if names.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let start = ScorerTraining(recipe: recipe, attributes: names.count, seed: seed)
    let framing = framing(recipe.alignment)
    var (training, record) = try trained(start, by: recipe, framing: framing, in: run)
    let scorer = AttributeScorer(
      attributeNames: names, framing: framing,
      layers: recipe.network.layers(outputs: names.count), parameters: training.average,
      threads: options.threads)
    record.measured = try accuracies(of: scorer)
    try Task.checkCancellation()
    try AttributeScorer.write(
      training.average, attributeNames: names, framing: framing, configuration: recipe.network,
      record: record.json, to: model)
  }

  /// The share of validation images of which the scorer is right, for each attribute, and the mean of them.
  private func accuracies(of scorer: AttributeScorer) throws -> [String: Double]? {
    let held = dataset.images(in: .validation)
    guard !held.isEmpty else { return nil }
    var (right, count) = ([Int](repeating: 0, count: scorer.attributeNames.count), 0)
    try StepLoop.forEach("measuring", of: held.count, batch: 64, report: report) { items in
      let batch = try dataset.faces(
        of: held[items], by: scorer.framing, size: scorer.imageSize, leavingOut: leftOut)
      if batch.isEmpty { return }
      count += batch.count
      for (image, logits) in zip(batch.map(\.entry), scorer.logits(of: batch.map(\.face))) {
        for (index, logit) in logits.enumerated() where (logit > 0) == (image.attributes?[index] ?? false) {
          right[index] += 1
        }
      }
    }
    guard count > 0 else { return nil }
    let shares = right.map { Double($0) / Double(count) }
    var result = Dictionary(uniqueKeysWithValues: zip(scorer.attributeNames, shares))
    result["mean accuracy"] = shares.reduce(0, +) / Double(shares.count)
    return result
  }
}
