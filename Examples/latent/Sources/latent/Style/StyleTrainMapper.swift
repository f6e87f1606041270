import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct StyleTrainMapper: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-mapper", abstract: "Trains a latent mapper for a sentence.",
    discussion: """
      Example: latent style train-mapper --text "a person with purple hair" --clip ViT-B-32.pt --generator ffhq.pt \
      --identity model_ir_se50.pth --out purple.safetensors
      Without a recognizer of faces the training takes --identity-weight 0. Checkpoints, losses and images lie in a \
      folder beside the mapper; Ctrl-C stops, --resume goes on.
      """)

  /// The article's numbers.
  private static let published = MapperRecipe(text: "")

  @Option(help: "What images are to show.")
  var text: String

  @Option(
    help: "Codes of images to learn on, as latent style invert and e4e write them; random codes if left out.",
    transform: fileURL)
  var codes: URL?

  @Option(
    help: """
      How many random codes to learn on, where --codes is left out.
      """, transform: within(Bounds.samples))
  var images = 5000

  @Option(
    help:
      """
      Which vectors of W⁺ may move: coarse, medium, fine, separated by commas; all if left out. Without fine, colors stay.
      """,
    transform: list)
  var levels = MapperLevel.allCases.map(\.rawValue)

  @Option(help: "The number of steps; \(Self.published.steps) if left out.", transform: within(Bounds.steps))
  var steps: Int?

  @Option(help: "Codes in a step; \(Self.published.batch) if left out.", transform: within(1...1024))
  var batch: Int?

  @Option(help: "Ranger's rate; \(Self.published.rate) if left out.", transform: within(0...10))
  var rate: Float?

  @Option(
    help: "What distance from a code costs; \(Self.published.distanceWeight) if left out.",
    transform: within(0...1000))
  var distanceWeight: Float?

  @Option(help: "Steps between two images.", transform: within(Bounds.steps))
  var sampleEvery = 100

  @Option(help: "Steps between two checkpoints.", transform: within(Bounds.steps))
  var checkpointEvery = 500

  @Option(help: "Decides every random number.")
  var seed: UInt64 = 1

  @Option(help: "The mapper to write.", transform: outputURL)
  var out: URL

  @Flag(help: "Continue the training that was stopped.")
  var resume = false

  @OptionGroup var texts: TextArguments
  @OptionGroup var fidelity: FidelityArguments
  @OptionGroup var identity: IdentityArguments
  @OptionGroup var generator: GeneratorArguments

  func validate() throws {
    _ = try identity.weight(usually: Self.published.identityWeight)
    for level in levels where MapperLevel(rawValue: level) == nil {
      throw ValidationError("--levels takes coarse, medium and fine, not “\(level)”.")
    }
    if levels.isEmpty { throw ValidationError("--levels takes at least one of coarse, medium and fine.") }
    if generator.checkpoint == nil, Set(levels).count < MapperLevel.allCases.count {
      throw ValidationError("--levels are StyleGAN2's, and take --generator.")
    }
  }

  func run() async throws {
    if let stylegan = try generator.styleGAN2() {
      let mapper = LatentMapper<WPlusSpace>(
        styleCount: stylegan.styleCount, width: stylegan.latentSize / stylegan.styleCount,
        levels: Set(levels.compactMap(MapperLevel.init)),
        fidelity: fidelity.fidelity, seed: seed, threads: generator.threads)
      try await train(mapper, stylegan) { stylegan.truncated(by: 0.7).randomCodes($0, seed: seed) }
    } else {
      let convolutional = try ConvolutionalGenerator(generator.model.opened(), threads: generator.threads)
      let mapper = LatentMapper<ZSpace>(
        latentSize: convolutional.latentSize, seed: seed, threads: generator.threads)
      try await train(mapper, convolutional) { convolutional.randomCodes($0, seed: seed) }
    }
  }

  private func train<Space>(
    _ mapper: LatentMapper<Space>, _ generator: any DifferentiableGenerator<Space>,
    random: (Int) -> [Latent<Space>]
  ) async throws {
    var recipe = MapperRecipe(text: text)
    recipe.steps = steps ?? recipe.steps
    recipe.batch = batch ?? recipe.batch
    recipe.rate = rate ?? recipe.rate
    recipe.distanceWeight = distanceWeight ?? recipe.distanceWeight
    recipe.identityWeight = try identity.weight(usually: recipe.identityWeight)
    // The last tenth is kept apart: samples and the final measure are of images that were not learnt on.
    let all =
      try codes.map { try Latent<Space>.codes(contentsOf: $0, size: generator.latentSize) }
      ?? random(images)
    let learnt = Array(all.prefix(all.count - all.count / 10))
    let held = Array(all.suffix(all.count / 10))
    let training = try MapperTraining(
      recipe, of: mapper, codes: learnt, showing: Array(held.prefix(6)), generator: generator,
      model: texts.model(fidelity.fidelity, self.generator.model),
      identity: identity.model(of: self.generator.checkpoint, threads: self.generator.threads), seed: seed,
      threads: self.generator.threads)
    var options = RunOptions(
      folder: out.deletingPathExtension().appendingPathExtension("training"),
      threads: self.generator.threads)
    (options.sampleInterval, options.checkpointInterval, options.resumes) = (
      sampleEvery, checkpointEvery, resume
    )
    let terminal = TrainingTerminal()
    let trained = try await terminal.interruptible(leaving: options.checkpoint) { [options] in
      var training = training
      try training.run(options, report: terminal.show)
      return training.mapper
    }
    try trained.write(to: out)
    printError("Wrote \(out.path).")
    if held.count > 1 {
      let cosine = trained.meanPairwiseCosine(of: Array(held.prefix(200)))
      print(String(format: "mean pairwise cosine of the movements of other images: %.3f", cosine))
    }
  }
}
