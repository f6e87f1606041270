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
      Checkpoints, losses and images lie in a folder beside the mapper; Ctrl-C stops, --resume goes on.
      """)

  @Option(help: "What images are to show.")
  var text: String

  @Option(help: "A StyleGAN2 checkpoint; the generator of the face model if left out.", transform: fileURL)
  var generator: URL?

  @Option(
    help: "Codes of images to learn on, in a file of one tensor; codes of noise if left out.",
    transform: fileURL)
  var codes: URL?

  @Option(help: "How many codes of noise to learn on.")
  var images = 5000

  @Option(
    help:
      "Which vectors of W⁺ may move: coarse, medium, fine, separated by commas. Without fine, colors stay.",
    transform: list)
  var levels = MapperLevel.allCases.map(\.rawValue)

  @Option(help: "The number of steps.")
  var steps: Int?

  @Option(help: "Steps between two images.")
  var sampleEvery = 100

  @Option(help: "Steps between two checkpoints.")
  var checkpointEvery = 500

  @Option(help: "Decides every random number.")
  var seed: UInt64 = 1

  @Option(help: "The mapper to write.", transform: fileURL)
  var out: URL

  @Flag(help: "Continue the training that was stopped.")
  var resume = false

  @OptionGroup var texts: TextArguments
  @OptionGroup var published: FidelityArguments
  @OptionGroup var identity: IdentityArguments
  @OptionGroup var model: ModelArguments

  func validate() throws {
    try requirePositive(
      ("--steps", steps), ("--sample-every", sampleEvery), ("--checkpoint-every", checkpointEvery),
      ("--images", images))
    for level in levels where MapperLevel(rawValue: level) == nil {
      throw ValidationError("--levels takes coarse, medium and fine, not “\(level)”.")
    }
    if levels.isEmpty { throw ValidationError("--levels takes at least one of coarse, medium and fine.") }
    if generator == nil, levels.count < MapperLevel.allCases.count {
      throw ValidationError("--levels are StyleGAN2's, and take --generator.")
    }
  }

  func run() async throws {
    if let url = generator {
      let generator = try StyleGAN2Generator<WPlusSpace>(contentsOf: url, threads: model.threads)
      let mapper = LatentMapper<WPlusSpace>(
        styleCount: generator.styleCount, levels: Set(levels.compactMap(MapperLevel.init)),
        fidelity: published.fidelity, seed: seed, threads: model.threads)
      try await train(mapper, generator) { generator.truncated(by: 0.7).randomCodes($0, seed: seed) }
    } else {
      let generator = try ConvolutionalGenerator(model.opened(), threads: model.threads)
      let mapper = LatentMapper<ZSpace>(codeSize: generator.latentSize, seed: seed, threads: model.threads)
      try await train(mapper, generator) { generator.randomCodes($0, seed: seed) }
    }
  }

  private func train<Space>(
    _ mapper: LatentMapper<Space>, _ generator: any DifferentiableGenerator<Space>,
    random: (Int) -> [Latent<Space>]
  ) async throws {
    var recipe = MapperRecipe(text: text)
    recipe.steps = steps ?? recipe.steps
    recipe.identityWeight = identity.recognizer == nil ? 0 : identity.identityWeight ?? recipe.identityWeight
    // The last tenth is kept apart: samples and the final measure are of images that were not learnt on.
    let all =
      try codes.map { try Latent<Space>.codes(contentsOf: $0, size: generator.latentSize) }
      ?? random(images)
    let learnt = Array(all.prefix(all.count - all.count / 10))
    let held = Array(all.suffix(all.count / 10))
    let training = try MapperTraining(
      recipe, mapper, codes: learnt, showing: Array(held.prefix(6)), by: generator,
      texts.model(published.fidelity, threads: model.threads),
      keeping: identity.model(of: self.generator, threads: model.threads), seed: seed, threads: model.threads)
    var options = RunOptions(
      folder: out.deletingPathExtension().appendingPathExtension("training"), threads: model.threads)
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
