import Foundation
import LatentArithmetic
import LatentCore

/// Trains the projector of texts: features of a sentence encoder to what they say of each attribute.
///
/// Goals, in this order:
/// 1. What a text names and what it denies is told apart, although “no beard” is near “beard” to a sentence encoder. One
///    output says whether a text is negated, whatever it is about, so that each attribute's texts teach it to all others:
///    of 39 attributes each with outputs of its own for what is named and what is denied, half of the negations in forms
///    that were held back came out positive.
/// 2. A word or phrase that was never seen means what those near it mean, in full: the loss is cross-entropy of a probability
///    an attribute, which stays near 0 and 1 between known texts. Least squares of coordinates, and the closed-form fit that
///    ``Calibration`` makes for word vectors, give an unseen word the mean of its neighbors, half an edit.
/// 3. What names nothing gets nothing: frequent words in the same phrases are part of each step.
///
/// In the span of the attributes' directions the θ loss of signed addition is a quadratic form of the coordinates whose
/// minimum for a text of one attribute is that attribute's own direction, so coordinates are learned, and no image is needed.
struct TextProjectorTrainer: SteppedWork {
  static let lossNames = ["loss"]

  /// Texts of one kind.
  struct Group {
    /// Their features, [texts, dimension].
    let features: Tensor
    /// The targets of ``TextProjector``'s logits, [texts, logits].
    let targets: Tensor
    /// How much each counts: whether an attribute is present or absent is asked of what is about it only.
    let weights: Tensor
    /// Its part of a step.
    let share: Double

    /// - Parameter coordinates: What signs of the data set's attributes are as those that the projector tells.
    init(
      features: Tensor, lessons: [TextLessons.Lesson], share: Double, coordinates: ([Float]) -> [Float]
    ) {
      let rows = lessons.map { lesson in
        let signs = coordinates(lesson.signs)
        return (
          targets: signs.map(abs) + signs.map { max(-$0, 0) } + [lesson.isNegated ? 1 : 0],
          weights: signs.map { _ in 1 } + signs.map(abs) + [Self.negationWeight]
        )
      }
      let shape = [rows.count, rows.first?.targets.count ?? 0]
      self.features = features
      self.share = share
      targets = Tensor(shape: shape, elements: rows.flatMap(\.targets))
      weights = Tensor(shape: shape, elements: rows.flatMap(\.weights))
    }

    /// One output of many, which all texts share.
    private static let negationWeight: Float = 4
  }

  private let record: RunRecord<TextRecipe>
  private let groups: [Group]
  private let network: ProjectorNetwork
  private let threads: Int
  private var trained: TrainedParameters

  /// - Precondition: There is a group, none is empty, and all have features and targets of the same lengths.
  init(record: RunRecord<TextRecipe>, groups: [Group], threads: Int) {
    let (features, targets) = (groups[0].features.shape[1], groups[0].targets.shape[1])
    precondition(
      groups.allSatisfy {
        $0.features.shape[0] > 0 && $0.features.shape[1] == features && $0.targets.shape[1] == targets
      }, "Groups of texts have features of one length and targets of one length.")
    (self.record, self.groups, self.threads) = (record, groups, threads)
    network = ProjectorNetwork(
      path: Model.Part.texts.rawValue, dimension: features, hiddenUnits: record.recipe.hiddenUnits,
      latentSize: targets)
    trained = TrainedParameters(
      Parameters(network.layers.parameters, seed: record.seed), prefix: Model.Part.texts.prefix,
      by: record.recipe.optimizer)
  }

  var step: Int { trained.step }
  var steps: Int { record.recipe.steps }
  var identity: String { record.identity + " \(groups.map { $0.features.squaredNorm })" }
  var state: Parameters { trained.state }
  var parameters: Parameters { trained.values }

  mutating func advance() -> [Float] {
    var random = RandomStream(seed: record.seed, name: "texts \(step)")
    let total = groups.reduce(0) { $0 + $1.share }
    let drawn = groups.map { group in
      let count = max(1, Int((Double(record.recipe.batch) * group.share / total).rounded()))
      let rows = (0..<count).map { _ in random.index(below: group.features.shape[0]) }
      return (
        features: group.features.rows(rows), targets: group.targets.rows(rows),
        weights: group.weights.rows(rows)
      )
    }
    let features = Tensor.concatenated(drawn.map(\.features))
    let noise = random.normal(shape: features.shape, deviation: record.recipe.noise)
    let tape = Tape(threads: threads)
    let logits = network.layers(
      tape.constant(Kernels.linearCombination(1, features, 1, noise, threads: threads)),
      Binding(trained.values, on: tape, isTrained: true, phase: .training))
    let loss = logits.binaryCrossEntropy(
      targets: .concatenated(drawn.map(\.targets)), weights: .concatenated(drawn.map(\.weights)))
    trained.update(gradients: tape.gradients(of: loss), threads: threads)
    return [loss.value.scalar]
  }

  mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }

  /// What texts of given features mean.
  func meanings(of features: Tensor) -> [TextMeaning] {
    TextProjector.meanings(of: network.layers.inferred(features, trained.values, threads: threads))
  }

  func writeSample(to url: URL) {}
}
