import Foundation
import LatentArithmetic
import LatentCore

/// A latent mapper in training.
///
///     var training = try MapperTraining(
///       MapperRecipe(text: "a person with purple hair"), of: mapper, codes: codes, generator: generator, model: clip,
///       identity: arcFace)
///     try training.run(RunOptions(folder: folder, threads: 2)) { print($0.step, $0.losses) }
///     try training.mapper.write(to: url)
public struct MapperTraining<Space: LatentSpace>: Sendable {
  /// The mapper as it is.
  public var mapper: LatentMapper<Space> {
    LatentMapper(network: network, parameters: trained.values, threads: threads)
  }

  private let network: MapperNetwork
  private let recipe: MapperRecipe
  private let codes: [Latent<Space>]
  private let shown: [Latent<Space>]
  private let generator: any DifferentiableGenerator<Space>
  private let model: any ImageModel
  private let identityModel: (any IdentityModel)?
  private let textFeature: Tensor
  private let seed: UInt64
  private let threads: Int
  private var trained: TrainedParameters

  /// Prepares a training.
  ///
  /// - Parameters:
  ///   - recipe: Text, weights, steps.
  ///   - mapper: Where to start.
  ///   - codes: Of images to learn on.
  ///   - shown: Of images that the samples show, which need not be among `codes`.
  ///   - generator: Generates images from codes.
  ///   - model: Tells how well an image fits the text.
  ///   - identity: Tells whether it still shows the same person; needed when the recipe weighs that.
  ///   - seed: Decides which codes a step sees.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Throws: ``TextEditingError/tooFewCodes(expected:got:)``; ``TextEditingError/identityModelMissing(weight:)`` where the
  ///   recipe weighs identity without a model of it; what the model throws of the text.
  /// - Precondition: Mapper and generator take codes of one size.
  public init(
    _ recipe: MapperRecipe, of mapper: LatentMapper<Space>, codes: [Latent<Space>],
    showing shown: [Latent<Space>] = [], generator: any DifferentiableGenerator<Space>,
    model: any ImageTextModel, identity: (any IdentityModel)? = nil, seed: UInt64 = 1,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    guard codes.count >= recipe.batch else {
      throw TextEditingError.tooFewCodes(expected: recipe.batch, got: codes.count)
    }
    precondition(
      mapper.latentSize == generator.latentSize,
      "A mapper of codes of \(mapper.latentSize) numbers does not serve a generator of \(generator.latentSize)."
    )
    guard recipe.identityWeight == 0 || identity != nil else {
      throw TextEditingError.identityModelMissing(weight: recipe.identityWeight)
    }
    (self.recipe, network, self.codes, self.shown) = (recipe, mapper.network, codes, shown)
    (self.generator, self.model, self.seed, self.threads) = (generator, model.imageModel, seed, threads)
    identityModel = recipe.identityWeight == 0 ? nil : identity
    textFeature = try model.features(ofTexts: [recipe.text])
    trained = TrainedParameters(mapper.parameters, by: recipe.optimizer)
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

  /// The codes of the step to come, drawn without looking at those of others.
  private var batch: Tensor {
    var stream = RandomStream(seed: seed, name: "mapper \(step)")
    let chosen = (0..<recipe.batch).map { _ in codes[stream.index(below: codes.count)] }
    return Tensor(shape: [recipe.batch, generator.latentSize], elements: chosen.flatMap(\.values))
  }
}

extension MapperTraining: SampledWork {
  package static var lossNames: [String] { ["text", "distance", "identity", "total"] }
  package var step: Int { trained.step }
  package var steps: Int { recipe.steps }

  /// Recipe, seed, codes, and which text feature and network: all that a checkpoint must agree with.
  package var identity: String {
    let record = RunRecord(recipe: recipe, seed: seed, images: codes.count).identity
    let numbers = Tensor(shape: [codes.count, generator.latentSize], elements: codes.flatMap(\.values))
    return RunIdentity.json(
      ["record": record, "codes": numbers.digest, "mapper": network.json, "text": textFeature.digest],
      version: MapperRecipe.version)
  }

  package var state: Parameters { trained.state }

  package mutating func advance() throws -> [Float] {
    let batch = batch
    let tape = Tape(threads: threads)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let start = tape.constant(batch)
    let movement = network(start, binding).scaled(by: LatentMapper<Space>.step)
    let image = generator.images(of: start.adding(movement))
    try Task.checkCancellation()
    let text = model.features(ofImages: image).cosineDistance(to: textFeature)
    let distance = movement.meanSquaredError(to: Tensor(shape: batch.shape, repeating: 0))
    var total = text.scaled(by: recipe.textWeight).adding(distance.scaled(by: recipe.distanceWeight))
    var identity: Float = 0
    if let identityModel {
      try Task.checkCancellation()
      let before = generator.images(of: Tape(threads: threads).constant(batch))
      let faces = identityModel.features(ofFaces: before).value
      let loss = identityModel.features(ofFaces: image).cosineDistance(to: faces)
      total = total.adding(loss.scaled(by: recipe.identityWeight))
      identity = loss.value.scalar
    }
    try Task.checkCancellation()
    let losses = [text.value.scalar, distance.value.scalar, identity, total.value.scalar]
    trained.update(gradients: tape.gradients(of: total), threads: threads)
    return losses
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    trained.restore(state, step: step)
  }

  /// Images above what the mapper makes of them.
  package func sample() -> Image? {
    if shown.isEmpty { return nil }
    let moved = zip(shown, mapper.directions(for: shown)).map { $0 + $1 }
    return Image.tiled(generator.generate(shown) + generator.generate(moved), columns: shown.count)
  }
}
