import ArgumentParser
import LatentTraining

struct TrainAutoencoder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencoder",
    abstract: "Trains encoder and generator together, by images and attributes, and writes a new model.")

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var images: SizeArguments

  func run() async throws {
    var recipe = AutoencoderRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    recipe.imageSize = images.size
    try await arguments.run("autoencoder") { [recipe] in try $0.trainAutoencoder(recipe) }
  }
}
