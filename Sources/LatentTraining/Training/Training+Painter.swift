import LatentArithmetic
import LatentCore

extension Training {
  /// Trains a painter of the model's edits and adds it.
  ///
  /// It learns to paint the words of the model's projector that have an attribute in the data set, and keeps their
  /// directions, so that another projector may be trained after it.
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
      recipe: recipe, model: painted, entries: dataset.images(in: .train), seed: seed)
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
