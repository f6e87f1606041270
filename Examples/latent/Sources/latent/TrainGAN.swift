import ArgumentParser
import LatentArithmetic

struct TrainGAN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan", abstract: "Trains a generator and writes a new model.")

  @OptionGroup var arguments: TrainingArguments

  @Option(help: "The family of networks, with its recipe.")
  var network = NetworkConfiguration.Architecture.dcgan

  func run() throws {
    var recipe = network.recipe
    recipe.steps = arguments.steps ?? recipe.steps
    try arguments.run("gan") { try $0.trainGAN(recipe) }
  }
}

extension NetworkConfiguration.Architecture: @retroactive ExpressibleByArgument {}
