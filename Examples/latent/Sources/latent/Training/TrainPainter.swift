import ArgumentParser
import LatentTraining

struct TrainPainter: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "painter", abstract: "Trains a painter of the model's edits and adds it.",
    discussion: """
      The model has to have a projector, whose words for attributes are what is painted. A painter of the same width that \
      it has already is trained on.
      """)

  @OptionGroup var arguments: TrainingArguments

  @Option(
    help: """
      Channels at 80×80, from \(PainterRecipe.widths.lowerBound) to \(PainterRecipe.widths.upperBound); half the recipe's, \
      \(PainterRecipe().width), makes a step nearly twice as fast, for trials.
      """,
    transform: within(PainterRecipe.widths))
  var width: Int?

  func run() async throws {
    var recipe = PainterRecipe()
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    if let width { (recipe.width, recipe.discriminatorWidth) = (width, width) }
    try await arguments.run("painter") { [recipe] in try $0.trainPainter(recipe) }
  }
}
