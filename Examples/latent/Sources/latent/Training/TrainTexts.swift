import ArgumentParser
import Foundation
import LatentArithmetic
import LatentFaces
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
      A sentence encoder: a folder as Hugging Face publishes them, or a file. Others of the same space, with which the model \
      may be used, too, can follow. If left out, the one that `make models` fetches, and the embedded one.
      """,
    transform: fileURL)
  var sentences: [URL] = []

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors whose words are to be in the table besides the encoder's own.", transform: vectorsURL)
  var vectors: URL?

  func run() async throws {
    var recipe = TextRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    let encoders =
      try sentences.isEmpty
      ? [installedEncoder(threads: arguments.threads), .faces(threads: arguments.threads)]
      : sentences.map { try SentenceEncoder(contentsOf: $0, threads: arguments.threads) }
    let known = try vectors.map { try WordVectors(contentsOf: $0, threads: arguments.threads) }
    let words = encoders[0].words + (known.map { Array($0.words) } ?? [])
    try await arguments.run("texts") { [recipe] training in
      try training.trainTexts(recipe, encoders: encoders, words: words)
    }
  }
}
