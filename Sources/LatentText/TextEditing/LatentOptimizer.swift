import Foundation
import LatentArithmetic
import LatentCore

/// Moves the code of a face until its image fits a text: StyleCLIP's latent optimization.
///
/// Where the face's edits are painted, the optimization begins at the face's own ``GlobalDirection`` for the text, and moves
/// the code along the directions that make it up, for three reasons: a mask that is closed has no gradient; a small joint
/// model is soon deceived by what a painter cannot paint; and directions that do not matter to a text stay what they are.
///
///     let face = try editor.faces(in: photo)[0]
///     var optimizer = try LatentOptimizer(.edit, of: face, toward: "a smiling face", model: clip)
///     try optimizer.run { print($0.step, $0.losses) }
///     try face.rendered(as: optimizer.code).write(to: url)
public struct LatentOptimizer<Space: LatentSpace>: Sendable {
  /// The losses of a step, before it moved the code.
  public struct Losses: Sendable, Equatable {
    /// 1 − cos of the image's feature and the text's, or that between the start's and the text's.
    public let text: Float
    /// Σ(w − w₀)².
    public let distance: Float
    /// 1 − cos of the features of the face and of the face at the start; 0 without an identity model.
    public let identity: Float
    /// The weighted sum.
    public let total: Float
  }

  private let recipe: LatentOptimization
  private let text: String
  private let face: EditedFace<Space>
  private let generator: any DifferentiableGenerator<Space>
  private let model: any ImageModel
  private let identityModel: (any IdentityModel)?
  private let threads: Int
  private let start: Tensor
  /// The feature that images are to come to.
  private let textFeature: Tensor
  private let faceFeature: Tensor?
  /// W, whose rows the code is moved along; nil where it moves by itself.
  private let directions: Tensor?
  /// The code, or where there are directions how far it is along each, at ``path``.
  private var trained: TrainedParameters

  private static var path: String { "code" }

  /// Prepares an optimization.
  ///
  /// - Parameters:
  ///   - recipe: Steps, rates and weights.
  ///   - face: The face, whose code is where the optimization starts.
  ///   - text: What the image is to show.
  ///   - model: Tells how well it does.
  ///   - identity: Tells whether it still shows the same person; needed when the recipe weighs that.
  ///   - relevance: What a painted face's directions do, so that many texts for one face share it; measured if left out.
  ///   - threads: The most threads to use; results do not depend on it.
  ///   - report: Called while the directions of a painted face are measured.
  /// - Throws: `EditingError.gradientsMissing` where the face's generator has no gradients;
  ///   ``TextEditingError/identityModelMissing(weight:)`` where the recipe weighs identity without a model of it;
  ///   ``TextEditingError/sameMeaning(_:_:)`` where the text is compared with a neutral one and says no more; what the model
  ///   throws of the text; `CancellationError` when the task is cancelled.
  public init(
    _ recipe: LatentOptimization, of face: EditedFace<Space>, toward text: String,
    model: any ImageTextModel, identity: (any IdentityModel)? = nil,
    relevance: DirectionRelevance<Space>? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, report: (StepProgress) -> Void = { _ in }
  ) throws {
    guard recipe.identityWeight == 0 || identity != nil else {
      throw TextEditingError.identityModelMissing(weight: recipe.identityWeight)
    }
    let (generator, start) = (try face.generator.differentiable, face.code)
    generator.check(start)
    self.face = face
    (self.recipe, self.text, self.generator, self.model) = (recipe, text, generator, model.imageModel)
    identityModel = recipe.identityWeight == 0 ? nil : identity
    self.threads = threads
    self.start = Tensor(shape: [1, start.values.count], elements: start.values)
    let change: Tensor? =
      recipe.anchoring == 0 && !face.isPainted
      ? nil : try model.direction(from: recipe.neutral, to: text, in: ["{}"])
    // What is seen of the start is asked for by an anchor and by a model of identity.
    let before =
      recipe.anchoring == 0 && identityModel == nil
      ? nil : face.images(of: Tape(threads: threads).constant(self.start), by: generator)
    if recipe.anchoring != 0, let change, let before {
      let feature = self.model.features(ofImages: before).value
      textFeature = Kernels.linearCombination(1, feature, recipe.anchoring, change, threads: 1)
        .normalizedRow()
    } else {
      textFeature = try model.features(ofTexts: [text])
    }
    faceFeature = before.flatMap { [identityModel] in identityModel?.features(ofFaces: $0).value }
    var position = Parameters()
    if let edited = face.editedDirections, let change {
      let relevance =
        try relevance
        ?? DirectionRelevance(of: [face], model: self.model, threads: threads, report: report)
      let moved = try GlobalDirection(toward: change, by: relevance)
        .weights.enumerated().filter { $0.element != 0 }
      directions = edited.rows(moved.map(\.offset))
      position[Self.path] = Tensor(shape: [1, moved.count], elements: moved.map(\.element))
    } else {
      directions = nil
      position[Self.path] = self.start
    }
    trained = TrainedParameters(position, by: Adam(rate: recipe.rate))
  }

  /// The code as far as it was moved.
  public var code: Latent<Space> {
    Latent(code(at: Tape(threads: threads).constant(position)).value.elements)
  }

  private var position: Tensor { trained.values[Self.path] ?? start }

  /// The code at a position: start + position·W.
  private func code(at position: Variable) -> Variable {
    guard let directions else { return position }
    return position.matrixProduct(position.tape.constant(directions)).adding(position.tape.constant(start))
  }

  /// The way that the code was moved from the face's.
  public var direction: Direction<Space> { code - Latent(start.elements) }

  /// Makes one step and returns the losses before it.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; nothing is changed then.
  /// - Precondition: There is a step left.
  public mutating func update() throws -> Losses {
    precondition(step < recipe.steps, "All \(recipe.steps) steps are made.")
    let tape = Tape(threads: threads)
    let code = code(at: tape.watch(position, path: Self.path))
    let image = face.images(of: code, by: generator)
    try Task.checkCancellation()
    let text = textLoss(of: image)
    let distance = code.meanSquaredError(to: start).scaled(by: Float(start.count))
    var total = text.adding(distance.scaled(by: recipe.distanceWeight))
    var identity: Float = 0
    if let faceFeature, let identityModel {
      try Task.checkCancellation()
      let loss = identityModel.features(ofFaces: image).cosineDistance(to: faceFeature)
      total = total.adding(loss.scaled(by: recipe.identityWeight))
      identity = loss.value.scalar
    }
    try Task.checkCancellation()
    var gradients = tape.gradients(of: total)
    if directions == nil {
      gradients[Self.path] = gradients[Self.path]?.keepingColumns(in: generator.editedRanges)
    }
    trained.optimizer.rate = recipe.rate(at: step)
    trained.update(gradients: gradients, threads: threads)
    if directions != nil {
      trained.merge(Parameters([Self.path: position.clamped(to: EditedFace<Space>.reliableThetas)]))
    }
    return Losses(
      text: text.value.scalar, distance: distance.value.scalar, identity: identity, total: total.value.scalar)
  }

  /// The mean of 1 − cos over what the model sees of the image.
  private func textLoss(of image: Variable) -> Variable {
    var random = RandomStream(seed: 1, name: "views \(step)")
    let seen = recipe.views == 0 ? [image] : (0..<recipe.views).map { _ in image.view(&random) }
    let losses = seen.map { model.features(ofImages: $0).cosineDistance(to: textFeature) }
    return losses.dropFirst().reduce(losses[0]) { $0.adding($1) }.scaled(by: 1 / Float(losses.count))
  }

  /// Makes all steps that are left.
  ///
  /// - Parameter report: Called after each step.
  /// - Throws: `CancellationError` when the task is cancelled; `RunError.diverged(step:place:kept:)`.
  public mutating func run(report: (StepProgress) -> Void = { _ in }) throws {
    try runToEnd(report: report)
  }

  /// Makes all steps that are left, with checkpoints, a table of losses and images in a folder.
  ///
  /// - Parameters:
  ///   - options: The folder, and how often something is written to it.
  ///   - report: Called after each step.
  /// - Throws: `RunError`, `FileError`, `CancellationError` when the task is cancelled, after a checkpoint.
  public mutating func run(_ options: RunOptions, report: (StepProgress) -> Void) throws {
    try SteppedRun(options).run(&self, report: report)
  }
}

extension LatentOptimizer: SampledWork {
  package static var activity: String { "optimizing" }
  package static var lossNames: [String] { ["text", "distance", "identity", "total"] }
  package var step: Int { trained.step }
  package var steps: Int { recipe.steps }

  /// Recipe, text, start and directions: all that a checkpoint must agree with.
  package var identity: String {
    RunIdentity.json(
      [
        "recipe": recipe.json, "text": text, "start": start.digest, "directions": directions?.digest ?? "",
      ], version: LatentOptimization.version)
  }

  package var state: Parameters { trained.state }

  package mutating func advance() throws -> [Float] {
    let losses = try update()
    return [losses.text, losses.distance, losses.identity, losses.total]
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    trained.restore(state, step: step)
  }

  package func sample() -> Image? { try? face.rendered(as: code) }
}

extension Variable {
  /// A square of a random place and of 0.8 to 1 of the side of square images.
  fileprivate func view(_ random: inout RandomStream) -> Variable {
    let side = shape[1]
    let length = max(1, Int(Float(side) * random.uniform(in: 0.8...1)))
    let (top, left) = (random.index(below: side - length + 1), random.index(below: side - length + 1))
    return resampled(
      rows: .crop(top..<top + length, of: side), columns: .crop(left..<left + length, of: side))
  }
}

extension Tensor {
  /// A matrix of one row with zeros outside of ranges.
  fileprivate func keepingColumns(in ranges: [Range<Int>]) -> Tensor {
    withElements { elements in
      var kept = [Float](repeating: 0, count: elements.count)
      for range in ranges { kept.replaceSubrange(range, with: elements[range]) }
      return Tensor(shape: shape, elements: kept)
    }
  }

  fileprivate func clamped(to range: ClosedRange<Float>) -> Tensor {
    Tensor(shape: shape, elements: elements.map { min(max($0, range.lowerBound), range.upperBound) })
  }

  /// A hash of the elements: the same numbers have the same (FNV-1a over their bits).
  package var digest: String {
    let hash = withElements { elements in
      elements.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
