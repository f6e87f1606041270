import ArgumentParser
import Foundation
import LatentArithmetic

struct TrainProjector: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "projector", abstract: "Trains a word projector in the model's latent space and adds it.")

  @OptionGroup var arguments: TrainingArguments

  @Option(
    name: [.customLong("words"), .customLong("vectors")], help: "Word vectors as GloVe publishes them.",
    transform: fileURL)
  var vectors: URL

  @Option(help: "What a word's vector does.")
  var method = ProjectorRecipe.Method.addition

  func run() throws {
    var recipe = ProjectorRecipe()
    recipe.method = method
    recipe.steps = arguments.steps ?? recipe.steps
    let vectors = try WordVectors(contentsOf: vectors)
    try arguments.run("projector") { training in
      let words = AttributeWords(attributeNames: training.dataset.attributeNames, in: vectors)
      if !words.missing.isEmpty {
        printError("No word is known for \(words.missing.joined(separator: ", ")).")
      }
      return try training.trainProjector(recipe, vectors: vectors)
    }
  }
}

extension ProjectorRecipe.Method: @retroactive ExpressibleByArgument {}
