import ArgumentParser
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct TrainScorer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer",
    abstract: "Trains a scorer, which tells the attributes of a face, into a file of its own.")

  @OptionGroup var arguments: TrainingArguments

  func run() async throws {
    var recipe = ScorerRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    try await arguments.run("scorer") { [recipe] in try $0.trainScorer(recipe) }
  }
}
