import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining

/// How long a training by images alone goes on.
struct EpochArguments: ParsableArguments {
  @Option(
    help: "How often each image is seen, instead of a number of steps; 20 in the paper.",
    transform: within(1...10_000))
  var epochs: Int?

  /// Refuses both ways to say one thing.
  func validate(beside arguments: TrainingArguments) throws {
    if epochs != nil, arguments.steps != nil {
      throw ValidationError("--steps and --epochs both say how long the training is; give one of them.")
    }
  }
}

/// How large the images of a new model are.
struct SizeArguments: ParsableArguments {
  @Option(help: "The images' height and width, \(Self.sizes).")
  var size = GANRecipe.paper.network.imageSize

  private static let sizes = NetworkConfiguration.imageSizes.map(String.init).joined(separator: ", ")

  func validate() throws {
    if !NetworkConfiguration.imageSizes.contains(size) {
      throw ValidationError("--size takes one of \(Self.sizes), not \(size).")
    }
  }
}

/// What every training asks for.
struct TrainingArguments: ParsableArguments {
  @Option(
    help: """
      A folder of images, with those in its subfolders; one with attributes.csv; or one in the layout of CelebA.
      """, transform: fileURL
  )
  var data: URL

  @Option(
    help: """
      The file to write; where a part is added, the model's, which has to be there.
      """, transform: outputURL)
  var out: URL

  @Option(help: "Decides every random number.")
  var seed: UInt64 = 1

  @Option(help: "The number of steps; the recipe's if left out.", transform: within(Bounds.steps))
  var steps: Int?

  @Option(
    help: "Images in a step, or pairs of them, from 8 to 1024; the recipe's if left out.",
    transform: within(Bounds.batch))
  var batch: Int?

  @Option(help: "The most threads to use.", transform: within(Bounds.threads))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(
    help: """
      Steps between two sample sheets, of trainings that draw any.
      """, transform: within(Bounds.steps))
  var sampleEvery = 250

  @Option(help: "Steps between two checkpoints.", transform: within(Bounds.steps))
  var checkpointEvery = 500

  @Flag(help: "Continue the training that was stopped.")
  var resume = false

  /// Runs the training of a part, whose files lie in a folder beside the model.
  func run(_ part: String, train: @escaping @Sendable (Training) throws -> Void) async throws {
    let folder = out.deletingPathExtension().appendingPathExtension("training")
    var options = RunOptions(
      folder: folder.appendingPathComponent(part, isDirectory: true), threads: threads)
    options.sampleInterval = sampleEvery
    options.checkpointInterval = checkpointEvery
    options.resumes = resume
    do {
      try await TrainingTerminal.together(leaving: options.checkpoint) {
        [data, out, seed, options] ranks, terminal in
        var options = options
        options.ranks = ranks
        try train(
          Training(
            dataset: ImageDataset(contentsOf: data), model: out, seed: seed, options: options,
            report: terminal.show, notice: terminal.note))
        if ranks.isFirst { printError("Wrote \(out.path).") }
      }
    } catch RunError.unfinished(let folder) {
      printError("A training that was stopped is continued by --resume.")
      throw RunError.unfinished(folder: folder)
    }
  }
}
