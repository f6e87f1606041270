import LatentArithmetic
import LatentCore

/// Everything that decides how a word projector is trained, besides the data and the seed.
public struct ProjectorRecipe: TrainingRecipe, Equatable {
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
}

/// The word projector in training.
///
/// Each step takes pairs of images. A word is active in a pair whose two images differ in its attribute; inactive
/// words take no part (their zero embeddings would otherwise be projected and added), and a word that goes from
/// present to absent is fed as it is, the sign being θ's.
///
/// The codes should be white, and the projector that results is not calibrated; ``Training`` sees to both.
public struct ProjectorTraining: Sendable {
  /// What a step reports.
  public struct Losses: Sendable, Equatable {
    /// The mean over pairs and dimensions of the squared error.
    public var loss: Float
    /// 1 − Σ‖u‖²/Σ‖D‖² over the batch, D being the difference of the latents and u the error: by addition, what is
    /// left of D; by averaging, the distance from the target.
    public var explainedVariance: Float
  }

  /// What is minimized and how; its number of steps and its batch are the training loop's business.
  public let recipe: ProjectorRecipe
  /// The words' vectors, [words, dimension].
  private let embeddings: Tensor
  private let data: LabeledLatents
  private var trained: TrainedParameters
  /// The projector's weights as they are.
  public var projector: Parameters { trained.values }
  /// How many steps were made.
  public var step: Int { trained.step }

  /// Starts from fresh weights.
  ///
  /// - Precondition: There is an embedding, a row of the shape [words, dimension], for each word of the data.
  public init(recipe: ProjectorRecipe, embeddings: Tensor, data: LabeledLatents, seed: UInt64) {
    precondition(
      embeddings.shape.count == 2 && embeddings.shape[0] == data.words,
      "Embeddings of shape \(embeddings.shape) do not fit \(data.words) words.")
    let network = ProjectorNetwork(
      dimension: embeddings.shape[1], hiddenUnits: recipe.hiddenUnits, latentSize: data.latents.shape[1])
    self.init(
      recipe: recipe, embeddings: embeddings, data: data,
      projector: Parameters(network.layers.parameters, seed: seed))
  }

  /// Starts from given weights.
  package init(recipe: ProjectorRecipe, embeddings: Tensor, data: LabeledLatents, projector: Parameters) {
    (self.recipe, self.embeddings, self.data) = (recipe, embeddings, data)
    trained = TrainedParameters(projector, prefix: Model.Part.projector.prefix, by: recipe.optimizer)
  }

  /// One update on pairs of images, from the first of each to the second; returns the losses before it.
  ///
  /// - Precondition: Each number names an image of the data.
  public mutating func update(pairs: [(source: Int, target: Int)], threads: Int) -> Losses {
    let (losses, gradients) = gradients(on: pairs, threads: threads)
    trained.update(gradients: gradients, threads: threads)
    return losses
  }

  /// The losses on pairs of images and their gradient with respect to the projector, without an update.
  package func gradients(
    on pairs: [(source: Int, target: Int)], threads: Int
  ) -> (losses: Losses, gradients: [String: Tensor]) {
    let tape = Tape(threads: threads)
    let (loss, losses) = evaluate(pairs, of: data, on: tape)
    return (losses, tape.gradients(of: loss))
  }

  /// The losses on pairs of other images, without an update.
  package func losses(
    on data: LabeledLatents, pairs: [(source: Int, target: Int)], threads: Int
  ) -> Losses {
    evaluate(pairs, of: data, on: Tape(threads: threads)).losses
  }

  private func evaluate(
    _ pairs: [(source: Int, target: Int)], of data: LabeledLatents, on tape: Tape
  ) -> (loss: Variable, losses: Losses) {
    let network = ProjectorNetwork(parameters: projector, latentSize: data.latents.shape[1])
    let directions = network.layers(
      tape.constant(embeddings), Binding(projector, on: tape, isTrained: true, phase: .training))
    let batch = Pairs(pairs, of: data)
    let loss: Variable =
      switch recipe.method {
      case .signedAddition: batch.signedLoss(of: directions)
      case .addition: batch.thetaLoss(of: directions)
      case .averaging: batch.averagingLoss(of: directions)
      }
    return (loss, batch.losses(loss.value.scalar))
  }

  /// All tensors that a continued training needs.
  public var state: Parameters { trained.state }

  /// Continues from a checkpoint.
  ///
  /// - Precondition: The state is that of a training of the same projector.
  public mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }
}

/// A batch of pairs as the losses want it.
struct Pairs {
  private let pairs: [(source: Int, target: Int)]
  private let data: LabeledLatents
  private let sources: Tensor
  private let targets: Tensor
  /// Target minus source, [batch, d].
  let differences: Tensor

  init(_ pairs: [(source: Int, target: Int)], of data: LabeledLatents) {
    (self.pairs, self.data) = (pairs, data)
    sources = data.latents.rows(pairs.map(\.source))
    targets = data.latents.rows(pairs.map(\.target))
    differences = targets.subtracting(sources)
  }

  var count: Int { pairs.count }

  /// Row-major, batch × words: whether the pair differs in the word's attribute.
  private var active: [Bool] { compare { target, source in target != source } }

  /// +1 where the word appears, −1 where it disappears, 0 where it is inactive; [batch, words].
  private var signs: [Float] { compare { target, source in (target ? 1 : 0) - (source ? 1 : 0) } }

  /// A value for each pair and word, from the word's labels on both images.
  @inline(__always)
  private func compare<Value>(_ value: (_ target: Bool, _ source: Bool) -> Value) -> [Value] {
    let words = data.words
    return [Value](unsafeUninitializedCapacity: pairs.count * words) { values, count in
      data.labels.withUnsafeBufferPointer { labels in
        for (source, target) in pairs {
          for word in 0..<words {
            values.initializeElement(
              at: count + word, to: value(labels[target * words + word], labels[source * words + word]))
          }
          count += words
        }
      }
    }
  }

  /// The θ loss, in which the words that a pair differs in are active.
  func thetaLoss(of directions: Variable) -> Variable {
    directions.thetaLoss(differences: differences, active: active).loss
  }

  /// The mean over pairs and dimensions of (Σ s·w − D)², s being +1 for a word that appears and −1 for one that
  /// disappears.
  func signedLoss(of directions: Variable) -> Variable {
    directions.tape.constant(Tensor(shape: [pairs.count, directions.shape[0]], elements: signs))
      .matrixProduct(directions).meanSquaredError(to: differences)
  }

  /// Equation (1): the mean over pairs and dimensions of ((z + w)/2 − z₂)².
  ///
  /// w is the mean of the active words' signed vectors.
  func averagingLoss(of directions: Variable) -> Variable {
    let words = directions.shape[0]
    var weights = signs
    for pair in pairs.indices {
      let row = pair * words..<(pair + 1) * words
      let count = max(1, weights[row].count { $0 != 0 })
      for index in row { weights[index] /= Float(count) }
    }
    let tape = directions.tape
    let means = tape.constant(Tensor(shape: [pairs.count, words], elements: weights))
      .matrixProduct(directions)
    return means.adding(tape.constant(sources)).scaled(by: 0.5).meanSquaredError(to: targets)
  }

  func losses(_ loss: Float) -> ProjectorTraining.Losses {
    let total = differences.squaredNorm
    let left = Double(loss) * Double(differences.count)
    return ProjectorTraining.Losses(
      loss: loss, explainedVariance: total > 0 ? Float(1 - left / total) : 0)
  }
}
