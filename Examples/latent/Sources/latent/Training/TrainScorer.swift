import ArgumentParser
import LatentTraining

struct TrainScorer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scorer",
    abstract: "Trains a scorer, which tells the attributes of a face, into a file of its own.")

  @OptionGroup var arguments: TrainingArguments

  @Option(
    help: """
      What it is for: calibrating says how far a word's θ = 1 goes, measuring what came of it. The two are of different \
      families of networks and learn from different people.
      """)
  var role = ScorerRole.calibrating

  func run() async throws {
    var recipe = role.recipe
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    try await arguments.run("scorer") { [recipe] in try $0.trainScorer(recipe) }
  }
}

/// What a scorer is for, as typed.
enum ScorerRole: String, ExpressibleByArgument, CaseIterable {
  case calibrating, measuring

  var recipe: ScorerRecipe {
    switch self {
    case .calibrating: .calibrating
    case .measuring: .measuring
    }
  }
}
