import Foundation
import LatentArithmetic
import LatentCore

/// Moves the code of a face until its image fits a text: StyleCLIP's latent optimization.
///
/// Where the face's edits are painted, the code moves in the span of the directions that its painter can paint: a small joint
/// model is soon deceived by what lies outside.
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
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Throws: `EditingError.gradientsMissing` where the face's generator has no gradients;
  ///   ``TextEditingError/identityModelMissing(weight:)`` where the recipe weighs identity without a model of it; what the
  ///   model throws of the text.
  public init(
    _ recipe: LatentOptimization, of face: EditedFace<Space>, toward text: String,
    model: any ImageTextModel, identity: (any IdentityModel)? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
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
    let wanted = try model.features(ofTexts: [text])
    // What is seen of the start is asked for by an anchor and by a model of identity.
    var before: Variable?
    if recipe.anchoring != 0 || identityModel != nil {
      before = face.images(of: Tape(threads: threads).constant(self.start), by: generator).last
    }
    if recipe.anchoring != 0, let before {
      let feature = self.model.features(ofImages: before).value
      textFeature = Kernels.linearCombination(1, feature, recipe.anchoring, wanted, threads: 1)
        .normalizedRow()
    } else {
      textFeature = wanted
    }
    faceFeature = before.flatMap { [identityModel] in identityModel?.features(ofFaces: $0).value }
    directions = face.editedDirections
    var position = Parameters()
    position[Self.path] = directions.map { Tensor(shape: [1, $0.shape[0]], repeating: 0) } ?? self.start
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
    let images = face.images(of: code, by: generator)
    try Task.checkCancellation()
    let text = textLoss(of: images)
    let distance = code.meanSquaredError(to: start).scaled(by: Float(start.count))
    var total = text.adding(distance.scaled(by: recipe.distanceWeight))
    var identity: Float = 0
    if let faceFeature, let identityModel {
      try Task.checkCancellation()
      let loss = identityModel.features(ofFaces: images[images.count - 1]).cosineDistance(to: faceFeature)
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
    return Losses(
      text: text.value.scalar, distance: distance.value.scalar, identity: identity, total: total.value.scalar)
  }

  /// The mean of 1 − cos over what the model sees of the images.
  private func textLoss(of images: [Variable]) -> Variable {
    var random = RandomStream(seed: 1, name: "views \(step)")
    let seen = images.flatMap { image in
      recipe.views == 0 ? [image] : (0..<recipe.views).map { _ in image.view(&random) }
    }
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

  /// Recipe, text and start: all that a checkpoint must agree with.
  package var identity: String {
    RunIdentity.json(
      ["recipe": recipe.json, "text": text, "start": start.digest], version: LatentOptimization.version)
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

  /// A hash of the elements: the same numbers have the same (FNV-1a over their bits).
  package var digest: String {
    let hash = withElements { elements in
      elements.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
