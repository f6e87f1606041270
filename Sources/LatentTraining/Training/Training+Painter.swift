import LatentArithmetic
import LatentCore

extension Training {
  /// Trains a painter of the model's edits and adds it.
  ///
  /// It learns to paint the words of the model's projector that have an attribute in the data set, and keeps their
  /// directions, so that another projector may be trained after it. A painter of the recipe's width that the model has
  /// already, for as many words, is trained on.
  ///
  /// - Throws: ``TrainingError``, `RunError`, `ModelError`, `ImageError`, `FileError`, `TensorFileError`,
  ///   `CancellationError`.
  public func trainPainter(_ recipe: PainterRecipe) throws {
    let run = try begin()
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    var result = try Model(contentsOf: model)
    let painted = try PaintedModel(
      result, attributeNames: dataset.attributeNames, threads: options.threads)
    let start = PainterTraining(
      recipe: recipe, model: painted, painter: try result.painter(ofWidth: recipe.width, painted),
      entries: dataset.images(in: .train), seed: seed)
    guard
      let (training, record) = try trained(
        start, by: recipe, framing: result.framing,
        showing: shownImages(result.framing, size: start.imageSize), in: run)
    else { return }
    let (configuration, parameters) = training.result
    result.setPainter(configuration, to: parameters, record: record.json)
    try result.write(to: model, precision: .single)
  }
}

extension Model {
  /// The weights of the model's painter; nil where it has none of that width and for so many directions.
  fileprivate func painter(ofWidth width: Int, _ painted: PaintedModel) throws -> Parameters? {
    guard painter == PainterConfiguration(width: width, attributes: painted.words.count) else { return nil }
    var weights = try parameters(of: .painter)
    weights.removeAll(byPrefix: PainterNetwork.directionsPath)
    return weights
  }
}
