import ArgumentParser
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct TrainGAN: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan", abstract: "Trains a generator and writes a new model.")

  @OptionGroup var arguments: TrainingArguments

  @Option(help: "The family of networks, with its recipe.")
  var network = NetworkConfiguration.Architecture.dcgan

  func run() async throws {
    var recipe = network.recipe
    recipe.steps = arguments.steps ?? recipe.steps
    try await arguments.run("gan") { [recipe] in try $0.trainGAN(recipe) }
  }
}

extension NetworkConfiguration.Architecture: @retroactive ExpressibleByArgument {}
