import ArgumentParser
import LatentArithmetic

struct TrainEncoder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder", abstract: "Trains an encoder for the model's generator and adds it.",
    discussion: "A projector that the model has is dropped, since it was trained on the older encoder.")

  @OptionGroup var arguments: TrainingArguments

  func run() throws {
    var recipe = EncoderRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    try arguments.run("encoder") { try $0.trainEncoder(recipe) }
  }
}
