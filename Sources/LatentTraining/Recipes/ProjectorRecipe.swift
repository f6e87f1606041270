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
  /// Whether the words' vectors stay as the loss makes them of the encoder's own codes, sign and length included: codes are
  /// not made white, and vectors neither made orthogonal, nor calibrated, nor fitted again.
  public var isRaw: Bool { raw ?? false }
  // Nil and not false, so that records and checkpoints of all other trainings stay as they are.
  private var raw: Bool?
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

  /// The paper's addition with the library's white codes and calibration; ``init(method:isRaw:)`` goes without these.
  public static let paper: ProjectorRecipe = {
    var recipe = ProjectorRecipe()
    (recipe.method, recipe.orthogonalizes) = (.addition, false)
    return recipe
  }()
}

extension ProjectorRecipe {
  /// The recipe of a method: that of the model that comes with the library, or ``paper``'s for the paper's own two.
  ///
  /// Pairs of images are drawn at random, and the words' embeddings are frozen, in all of them. The paper's pipeline to the
  /// letter is a raw one of its methods.
  ///
  /// - Parameters:
  ///   - method: What the words' vectors are to do.
  ///   - isRaw: Whether the vectors stay as the loss makes them.
  public init(method: Method, isRaw: Bool = false) {
    self = method == .signedAddition && !isRaw ? ProjectorRecipe() : .paper
    self.method = method
    raw = isRaw ? true : nil
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
