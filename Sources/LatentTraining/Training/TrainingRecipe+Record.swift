import LatentCore

extension TrainingRecipe {
  /// Reads the recipe that a part of a model was trained by.
  ///
  /// - Parameter record: One of ``Model/records``.
  /// - Returns: nil where the record is of a training by another kind of recipe.
  public init?(record: String) {
    guard let record = RunRecord<Self>(json: record) else { return nil }
    self = record.recipe
  }
}
