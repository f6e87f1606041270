import ArgumentParser
import Foundation
import LatentFaces
import LatentText
import LatentTraining

struct TrainJoint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "joint",
    abstract: "Trains a small joint model of images and texts into a file of its own, for latent style.",
    discussion: """
      Captions are made of the images' attributes and of what is said of them; of attributes that are not CelebA's that is \
      their names.
      """)

  @OptionGroup var arguments: TrainingArguments

  @Option(
    help: """
      The sentence encoder that reads texts: a folder as Hugging Face publishes them, or a file; the embedded one if left out.
      """,
    transform: fileURL)
  var sentences: URL?

  func run() async throws {
    var recipe = JointRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    let encoder: SentenceEncoder =
      try sentences.map { try SentenceEncoder(contentsOf: $0, threads: arguments.threads) }
      ?? .faces(threads: arguments.threads)
    try await arguments.run("joint") { [recipe] in try $0.trainJoint(recipe, texts: encoder) }
  }
}
