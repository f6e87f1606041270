import ArgumentParser
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct TrainEncoder: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder", abstract: "Trains an encoder for the model's generator and adds it.",
    discussion: "A projector that the model has is dropped, since it was trained on the older encoder.")

  @OptionGroup var arguments: TrainingArguments

  func run() async throws {
    var recipe = EncoderRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    try await arguments.run("encoder") { [recipe] in try $0.trainEncoder(recipe) }
  }
}
