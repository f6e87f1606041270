import ArgumentParser
import LatentArithmetic

struct TrainScorer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer",
    abstract: "Trains a scorer, which tells the attributes of a face, into a file of its own.")

  @OptionGroup var arguments: TrainingArguments

  func run() throws {
    var recipe = ScorerRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    try arguments.run("scorer") { try $0.trainScorer(recipe) }
  }
}
