import LatentArithmetic
import LatentCore

/// The attributes of a data set that a model's table of directions has a word for.
package struct AttributeDirections: Sendable {
  /// The word of each.
  let words: [String]
  /// What the word asks of an image.
  let targets: [AttributeTarget]
  /// Its direction.
  let directions: [Direction<ZSpace>]

  /// - Throws: ``TrainingError/noWords`` where there is none.
  init(_ model: Model, attributeNames: [String]) throws {
    guard let table = model.directions else { throw TrainingError.noWords }
    let entries = AttributeWords(attributeNames: attributeNames, in: table).entries
    if entries.isEmpty { throw TrainingError.noWords }
    words = entries.map(\.word)
    targets = entries.map { AttributeTarget(attribute: $0.attributeIndex, isReversed: $0.isReversed) }
    directions = try entries.map { Direction(try table.vector(for: $0.word)) }
  }

  /// θ of each word, where signs say what is wanted of each attribute of the data set.
  func coordinates(_ signs: [Float]) -> [Float] {
    targets.map { $0.isReversed ? -signs[$0.attribute] : signs[$0.attribute] }
  }
}
