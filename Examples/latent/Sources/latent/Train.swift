import ArgumentParser
import Foundation
import LatentArithmetic

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a part of a model.", subcommands: [TrainGAN.self])
}

/// What every training asks for.
struct TrainingArguments: ParsableArguments {
  @Option(help: "A folder of pictures, or one in the layout of CelebA.", transform: fileURL)
  var data: URL

  @Option(help: "The model file.", transform: fileURL)
  var out: URL

  @Option(help: "Decides every random number.")
  var seed: UInt64 = 1

  @Option(help: "The number of steps; the recipe's if left out.")
  var steps: Int?

  @Option(help: "The most threads to use.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Steps between two sample sheets.")
  var sampleEvery = 250

  @Option(help: "Steps between two checkpoints.")
  var checkpointEvery = 500

  @Flag(help: "Continue the training that was stopped.")
  var resume = false

  func validate() throws {
    for (name, value) in [
      ("--steps", steps ?? 1), ("--threads", threads), ("--sample-every", sampleEvery),
      ("--checkpoint-every", checkpointEvery),
    ] where value < 1 {
      throw ValidationError("\(name) takes a number above zero, not \(value).")
    }
  }

  /// The options of the training of `part`, whose files lie beside the model.
  func options(for part: String) -> TrainingOptions {
    let folder = out.deletingPathExtension().appendingPathExtension("training")
    var options = TrainingOptions(
      folder: folder.appendingPathComponent(part, isDirectory: true), threads: threads)
    options.sampleInterval = sampleEvery
    options.checkpointInterval = checkpointEvery
    options.resumes = resume
    return options
  }
}

struct TrainGAN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan", abstract: "Trains a generator and writes a new model.")

  @OptionGroup var arguments: TrainingArguments

  @Option(help: "The family of networks with its recipe: paper or dcgan.")
  var network = NetworkConfiguration.Architecture.dcgan

  func run() throws {
    var recipe = network.recipe
    recipe.steps = arguments.steps ?? recipe.steps
    let terminal = TrainingTerminal()
    terminal.finish(
      isComplete: try Training.trainGAN(
        recipe, on: PictureDataset(contentsOf: arguments.data), writing: arguments.out, seed: arguments.seed,
        options: arguments.options(for: "gan"), isStopped: terminal.isStopped, report: terminal.show),
      model: arguments.out)
  }
}

extension NetworkConfiguration.Architecture: @retroactive ExpressibleByArgument {}

@Sendable func fileURL(_ path: String) -> URL { URL(fileURLWithPath: path) }
