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
    guard case (let training, var record)? = try trained(start, by: recipe, framing: framing, in: run)
    else { return }
    let scorer = AttributeScorer(
      attributeNames: names, framing: framing,
      layers: recipe.network.layers(outputs: names.count), parameters: training.average,
      threads: options.threads)
    record.measured = try accuracies(of: names, by: framing, scorer.logits)
    try Task.checkCancellation()
    try AttributeScorer.write(
      training.average, attributeNames: names, framing: framing, configuration: recipe.network,
      record: record.json, to: model)
  }
}
