import Foundation

/// Everything that decides how a part is trained, besides the data and the seed.
package protocol TrainingRecipe: Codable, Sendable {
  /// Which version of the training the recipe is for.
  ///
  /// It is raised when the same recipe makes other numbers than before, so that a checkpoint of a former version is
  /// refused.
  static var version: Int { get }
  /// How many steps a training takes.
  var steps: Int { get set }
}

extension TrainingRecipe {
  /// The version of the first release.
  package static var version: Int { 1 }
}

/// What a part of a model was trained with: enough to train it again.
package struct RunRecord<Recipe: TrainingRecipe>: Codable, Sendable {
  /// The recipe.
  package private(set) var recipe: Recipe
  /// The seed of all random streams.
  package let seed: UInt64
  /// How many images there were.
  package let images: Int
  /// Into how many slices a batch was cut whose sums were added in pairs, and so the most ranks that can share it; nil where
  /// it was summed as one.
  package let slices: Int?
  /// What was measured on images the training did not see.
  package var measured: [String: Double]?
  /// The recipe's version; that of the first release is not written.
  private var version = RunIdentity.written(Recipe.version)

  private enum CodingKeys: String, CodingKey {
    // What the first release wrote.
    case recipe, seed, images = "pictures", slices, measured, version
  }

  /// Records a training that is about to begin.
  package init(recipe: Recipe, seed: UInt64, images: Int, slices: Int? = nil) {
    (self.recipe, self.seed, self.images, self.slices) = (recipe, seed, images, slices)
  }

  /// Reads a record from a model; nil where it is another's.
  package init?(json: String) {
    guard let record = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = record
  }

  /// What comes before a word's name in ``measured`` when the share of edited tuning photos is meant that are at least
  /// as the median of real photos with the word.
  package static var typicalityPrefix: String { "tuning typicality of " }

  /// What a checkpoint must agree with: all but the number of steps, so that a training can be prolonged.
  package var identity: String {
    var endless = self
    endless.recipe.steps = 0
    return endless.json
  }
}

extension Encodable {
  /// The value as JSON with sorted keys: the same text for the same value.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("A value of plain numbers and texts always encodes.")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
