import ArgumentParser
import Foundation
import LatentArithmetic

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a part of a model: first gan, then encoder, then projector.",
    subcommands: [TrainGAN.self, TrainEncoder.self, TrainProjector.self])
}

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

struct TrainProjector: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "projector", abstract: "Trains a word projector in the model's latent space and adds it.")

  @OptionGroup var arguments: TrainingArguments

  @Option(
    name: [.customLong("words"), .customLong("vectors")], help: "Word vectors as GloVe publishes them.",
    transform: fileURL)
  var vectors: URL

  @Option(help: "What a word's vector does.")
  var method = ProjectorRecipe.Method.addition

  func run() throws {
    var recipe = ProjectorRecipe()
    recipe.method = method
    recipe.steps = arguments.steps ?? recipe.steps
    let vectors = try WordVectors(contentsOf: vectors)
    try arguments.run("projector") { training in
      let words = AttributeWords(attributeNames: training.dataset.attributeNames, in: vectors)
      if !words.missing.isEmpty {
        printError("No word is known for \(words.missing.joined(separator: ", ")).")
      }
      return try training.trainProjector(recipe, vectors: vectors)
    }
  }
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

  /// Runs the training of a part, whose files lie in a folder beside the model.
  func run(_ part: String, train: (Training) throws -> Bool) throws {
    let folder = out.deletingPathExtension().appendingPathExtension("training")
    var options = TrainingOptions(
      folder: folder.appendingPathComponent(part, isDirectory: true), threads: threads)
    options.sampleInterval = sampleEvery
    options.checkpointInterval = checkpointEvery
    options.resumes = resume
    let terminal = TrainingTerminal()
    let isComplete = try train(
      Training(
        dataset: PictureDataset(contentsOf: data), model: out, seed: seed, options: options,
        isStopped: terminal.isStopped, report: terminal.show))
    try terminal.finish(isComplete: isComplete, model: out, checkpoint: options.checkpoint)
  }
}

extension NetworkConfiguration.Architecture: @retroactive ExpressibleByArgument {}
extension ProjectorRecipe.Method: @retroactive ExpressibleByArgument {}
