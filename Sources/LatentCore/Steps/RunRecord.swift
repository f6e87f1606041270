import Foundation

/// Everything that decides how a part is trained, besides the data and the seed.
public protocol TrainingRecipe: Codable, Sendable {
  /// How many steps a training takes.
  var steps: Int { get set }
}

/// What a part of a model was trained with: enough to train it again.
public struct RunRecord<Recipe: TrainingRecipe>: Codable, Sendable {
  /// The recipe.
  public private(set) var recipe: Recipe
  /// The seed of all random streams.
  public let seed: UInt64
  /// How many images there were.
  public let images: Int
  /// What was measured on images the training did not see.
  public var measured: [String: Double]?

  private enum CodingKeys: String, CodingKey {
    // What the first release wrote.
    case recipe, seed, images = "pictures", measured
  }

  /// Records a training that is about to begin.
  package init(recipe: Recipe, seed: UInt64, images: Int) {
    (self.recipe, self.seed, self.images) = (recipe, seed, images)
  }

  /// Reads a record from a model; nil where it is another's.
  package init?(json: String) {
    guard let record = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = record
  }

  /// What comes before a word's name in ``measured`` when its success on tuning photos is meant.
  package static var successPrefix: String { "tuning success of " }

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
