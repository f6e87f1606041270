import ArgumentParser
import Foundation
import LatentArithmetic
import LatentText
import LatentTraining

struct TrainTexts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "texts",
    abstract: "Trains a projector of words, phrases and sentences over the model's attributes and adds it.",
    discussion: """
      The model has to have a projector of words, whose directions are taken over; of the data only the attributes' names \
      are read.
      """)

  @OptionGroup var arguments: TrainingArguments

  @Option(
    help: """
      A sentence encoder: a folder as Hugging Face publishes them; the one that `make models` fetches if left out. Others \
      of the same space, with which the model may be used, too, can follow.
      """,
    transform: fileURL)
  var encoder: [URL] = []

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors whose words are to be in the table besides the encoder's own.", transform: fileURL)
  var vectors: URL?

  func run() async throws {
    var recipe = TextRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    let encoders =
      encoder.isEmpty
      ? try [SentenceEncoder.installed(threads: arguments.threads)].compactMap { $0 }
      : try encoder.map { try SentenceEncoder(contentsOf: $0, threads: arguments.threads) }
    guard let first = encoders.first else {
      throw ValidationError("There is no sentence encoder; give one by --encoder, or run make models.")
    }
    let known = try vectors.map { try WordVectors(contentsOf: $0, threads: arguments.threads) }
    let words = first.words + (known.map { Array($0.words) } ?? [])
    try await arguments.run("texts") { [recipe] training in
      try training.trainTexts(recipe, encoders: encoders, words: words)
    }
  }
}
