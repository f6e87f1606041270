import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct StyleOptimize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize", abstract: "Moves an image's code until the image fits a sentence.",
    discussion: """
      Example: latent style optimize --text "a smiling face" --clip ViT-B-32.pt --photo me.jpg --out smiling.png
      Losses and images of the way lie in a folder beside the image, and a checkpoint until it is written: Ctrl-C \
      stops, --resume goes on.
      """)

  /// Where the code is moved.
  enum Space: String, ExpressibleByArgument, CaseIterable {
    case codes, styles
  }

  /// The published settings.
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    case edit, quick, generate

    var recipe: LatentOptimization {
      switch self {
      case .edit: .edit
      case .quick: .quickEdit
      case .generate: .generate
      }
    }
  }

  @Option(help: "What the image is to show.")
  var text: String

  @Option(
    help: "edit: 300 steps; quick: 40, keeping who is shown with --identity; generate: the text alone counts."
  )
  var preset = Preset.edit

  @Option(help: "Moves codes (W⁺ or noise), or styles, the factors of channels.")
  var space = Space.codes

  @Option(help: "The number of steps.")
  var steps: Int?

  @Option(help: "How fast the code moves.")
  var rate: Float?

  @Option(help: "What distance from the start costs; styles want less of it than codes.")
  var distanceWeight: Float?

  @Option(help: "Steps between two images of the way.")
  var sampleEvery = 20

  @Flag(help: "Continue the optimization that was stopped.")
  var resume = false

  @OptionGroup var texts: TextArguments
  @OptionGroup var published: FidelityArguments
  @OptionGroup var identity: IdentityArguments
  @OptionGroup var style: StyleArguments

  func validate() throws {
    try requirePositive(("--steps", steps), ("--sample-every", sampleEvery))
    try requireNotNegative(("--rate", rate), ("--distance-weight", distanceWeight))
  }

  func run() async throws {
    switch space {
    case .styles: try await optimize(style.styleFace().0)
    case .codes:
      if let generator = try style.styleGAN2() {
        try await optimize(style.layeredFace(of: generator))
      } else {
        try await optimize(style.noiseFace())
      }
    }
  }

  private var recipe: LatentOptimization {
    var recipe = preset.recipe
    recipe.steps = steps ?? recipe.steps
    recipe.rate = rate ?? recipe.rate
    recipe.distanceWeight = distanceWeight ?? recipe.distanceWeight
    recipe.identityWeight = identity.recognizer == nil ? 0 : identity.identityWeight ?? 0.005
    recipe.fidelity = published.fidelity
    return recipe
  }

  private func optimize<Space>(_ face: EditedFace<Space>) async throws {
    var options = RunOptions(
      folder: style.out.deletingPathExtension().appendingPathExtension("optimization"),
      threads: style.model.threads)
    (options.sampleInterval, options.checkpointInterval, options.resumes) = (sampleEvery, sampleEvery, resume)
    let optimizer = try LatentOptimizer(
      recipe, of: face, toward: text, model: texts.model(published.fidelity, threads: style.model.threads),
      identity: identity.model(of: style.generator, threads: style.model.threads),
      threads: style.model.threads)
    let terminal = TrainingTerminal()
    let code = try await terminal.interruptible(leaving: options.checkpoint) { [options] in
      var optimizer = optimizer
      try optimizer.run(options, report: terminal.show)
      return optimizer.code
    }
    try face.rendered(as: code).write(to: style.out)
    if let url = style.saveCode { try code.write(to: url) }
    try FileManager.default.removeItem(at: options.checkpoint)
  }
}
