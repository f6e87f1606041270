import ArgumentParser
import LatentArithmetic
import LatentTraining

struct TrainGAN: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan", abstract: "Trains a generator and writes a new model.")

  @OptionGroup var arguments: TrainingArguments
  @OptionGroup var length: EpochArguments
  @OptionGroup var images: SizeArguments

  @Option(help: "The family of networks, with its recipe.")
  var network = NetworkConfiguration.Architecture.dcgan

  func validate() throws { try length.validate(beside: arguments) }

  func run() async throws {
    let (steps, epochs) = (arguments.steps, length.epochs)
    var recipe = network.recipe
    recipe.network.imageSize = images.size
    recipe.batch = arguments.batch ?? recipe.batch
    try await arguments.run("gan") { [recipe] training in
      var recipe = recipe
      recipe.steps =
        steps ?? epochs.map { training.steps(epochs: $0, batch: recipe.batch) } ?? recipe.steps
      try training.trainGAN(recipe)
    }
  }
}

extension NetworkConfiguration.Architecture: @retroactive ExpressibleByArgument {}
