import ArgumentParser
import LatentTraining

struct TrainEncoder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder", abstract: "Trains an encoder for the model's generator and adds it.",
    discussion: """
      Projectors and a painter that the model has are dropped, since they were trained on the older encoder.
      """)

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var length: EpochArguments

  @Flag(help: "As in the paper: batches of 128, no mirrored images, 20 epochs of 10,000 images.")
  var paper = false

  func validate() throws { try length.validate(beside: arguments) }

  func run() async throws {
    let (steps, epochs) = (arguments.steps, length.epochs)
    try await arguments.run("encoder") { [paper, batch = arguments.batch] training in
      var recipe = paper ? .paper : EncoderRecipe()
      recipe.batch = batch ?? recipe.batch
      recipe.steps =
        steps ?? epochs.map { training.steps(epochs: $0, batch: recipe.batch) } ?? recipe.steps
      try training.trainEncoder(recipe)
    }
  }
}
