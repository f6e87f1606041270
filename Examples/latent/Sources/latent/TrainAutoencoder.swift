import ArgumentParser
import LatentArithmetic

struct TrainAutoencoder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencoder",
    abstract: "Trains encoder and generator together, by pictures and attributes, and writes a new model.")

  @OptionGroup var arguments: TrainingArguments

  func run() throws {
    var recipe = AutoencoderRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    try arguments.run("autoencoder") { try $0.trainAutoencoder(recipe) }
  }
}
