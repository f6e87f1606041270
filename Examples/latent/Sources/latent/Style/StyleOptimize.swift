import ArgumentParser
import Foundation
import LatentArithmetic
import LatentText
import LatentTraining

struct StyleOptimize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize", abstract: "Moves an image's code until the image fits a sentence.",
    discussion: """
      Example: latent style optimize --text "a smiling man with glasses" --photo me.jpg --out smiling.png
      Losses and images of the way lie in a folder beside the image, and a checkpoint until it is written: Ctrl-C \
      stops, --resume goes on.
      """)

  /// Where the code is moved.
  enum Space: String, ExpressibleByArgument, CaseIterable {
    case codes, styles
  }

  /// The published settings.
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    case joint, edit, quick, generate

    var recipe: LatentOptimization {
      switch self {
      case .joint: .joint
      case .edit: .edit
      case .quick: .quickEdit
      case .generate: .generate
      }
    }
  }

  @Option(help: "What the image is to show.")
  var text: String

  @Option(
    help: """
      joint: 60 steps for a joint model and the face model; edit: 300; quick: 40, keeping who is shown with --identity; \
      generate: the text alone counts. If left out, edit with --clip and joint without.
      """
  )
  var preset: Preset?

  @Option(
    help:
      "What images show as they are; the text is compared with it where edits are painted, or the preset is joint."
  )
  var neutral = "a face"

  @Option(help: "Moves codes (W⁺ or noise), or styles, the factors of channels.")
  var space = Space.codes

  @Option(help: "The number of steps; the preset's if left out.", transform: within(Bounds.steps))
  var steps: Int?

  @Option(help: "How fast the code moves, from 0 to 10; the preset's if left out.", transform: within(0...10))
  var rate: Float?

  @Option(
    help: "What distance from the start costs; styles want less of it than codes; the preset's if left out.",
    transform: within(0...1000))
  var distanceWeight: Float?

  @Option(help: "Steps between two images of the way.", transform: within(Bounds.steps))
  var sampleEvery = 20

  @Flag(help: "Continue the optimization that was stopped.")
  var resume = false

  @OptionGroup var texts: TextArguments
  @OptionGroup var published: FidelityArguments
  @OptionGroup var identity: IdentityArguments
  @OptionGroup var style: StyleArguments

  func validate() throws {
    _ = try identityWeight()
  }

  private var usual: LatentOptimization { (preset ?? (texts.clip == nil ? .joint : .edit)).recipe }

  /// The preset's, and 0.005 where a recognizer is given to one that has none.
  private func identityWeight() throws -> Float {
    try identity.weight(usually: identity.recognizer == nil ? usual.identityWeight : 0.005)
  }

  func run() async throws {
    switch space {
    case .styles: try await optimize(style.styleFace().0)
    case .codes:
      if let generator = try style.generator.styleGAN2() {
        try await optimize(style.layeredFace(of: generator))
      } else {
        try await optimize(style.noiseFace())
      }
    }
  }

  private func recipe() throws -> LatentOptimization {
    var recipe = usual
    recipe.steps = steps ?? recipe.steps
    recipe.rate = rate ?? recipe.rate
    recipe.distanceWeight = distanceWeight ?? recipe.distanceWeight
    recipe.identityWeight = try identityWeight()
    recipe.neutral = neutral
    recipe.fidelity = published.fidelity
    return recipe
  }

  private func optimize<Space>(_ face: EditedFace<Space>) async throws {
    var options = RunOptions(
      folder: style.out.url.deletingPathExtension().appendingPathExtension("optimization"),
      threads: style.generator.threads)
    (options.sampleInterval, options.checkpointInterval, options.resumes) = (sampleEvery, sampleEvery, resume)
    let terminal = TrainingTerminal()
    let code = try await terminal.interruptible(leaving: options.checkpoint) { [self, options] in
      var optimizer = try LatentOptimizer(
        recipe(), of: face, toward: text,
        model: texts.model(published.fidelity, style.generator.model),
        identity: identity.model(of: style.generator.checkpoint, threads: style.generator.threads),
        threads: style.generator.threads, report: terminal.show)
      try optimizer.run(options, report: terminal.show)
      return optimizer.code
    }
    try style.out.write(face.rendered(as: code))
    if let url = style.saveCode { try code.write(to: url) }
    try FileManager.default.removeItem(at: options.checkpoint)
  }
}
