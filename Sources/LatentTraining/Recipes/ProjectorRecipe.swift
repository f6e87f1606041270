import LatentArithmetic
import LatentCore

/// Everything that decides how a word projector is trained, besides the data and the seed.
public struct ProjectorRecipe: TrainingRecipe, Codable, Equatable, Sendable {
  /// The two operations of the paper, and what follows from the first where the labels give θ.
  public enum Method: String, Sendable, Codable, CaseIterable {
    /// Vector addition with θ = ±1 as a word appears or disappears: the least-squares change of each word while all
    /// others stay.
    case signedAddition
    /// Vector addition with the closed-form θ, eq. (2)–(7).
    case addition
    /// Vector averaging, eq. (1).
    case averaging
  }

  /// What the words' vectors are to do.
  public var method = Method.signedAddition
  /// Whether the directions of the trained words are made orthogonal in the end.
  public var orthogonalizes = true
  /// The optimizer.
  package var optimizer = Adam(rate: 1e-3)
  /// The units of the hidden layer.
  public var hiddenUnits = 1024
  /// Pairs of images in a step.
  public var batch = 128
  /// How many steps a training takes.
  public var steps = 3000

  /// Adam's step size.
  public var learningRate: Float {
    get { optimizer.rate }
    set { optimizer.rate = newValue }
  }

  /// The recipe of the model that comes with the library.
  public init() {}

  /// The paper's recipe.
  public static let paper: ProjectorRecipe = {
    var recipe = ProjectorRecipe()
    (recipe.method, recipe.orthogonalizes) = (.addition, false)
    return recipe
  }()
}

extension ProjectorRecipe {
  /// The recipe of a method: that of the model that comes with the library, or the paper's for the paper's own two.
  public init(method: Method) {
    self = method == .signedAddition ? ProjectorRecipe() : .paper
    self.method = method
  }

  /// Reads the recipe that the projector of a model was trained by; nil where no record tells.
  public init?(of model: Model) {
    guard let record = model.records[Model.Part.projector.rawValue] else { return nil }
    self.init(record: record)
  }

  /// Reads the recipe of a projector's record; nil where the record is another's.
  package init?(record: String) {
    guard let record = RunRecord<Self>(json: record) else { return nil }
    self = record.recipe
  }
}
