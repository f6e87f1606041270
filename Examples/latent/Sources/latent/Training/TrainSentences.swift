import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct TrainSentences: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sentences", abstract: "Trains a small sentence encoder to agree with a large one.",
    discussion: """
      Example: latent train sentences --out sentences.safetensors
      Of the texts each fiftieth is kept apart, and measured on in the end. Checkpoints and losses lie in a folder beside \
      the encoder; Ctrl-C stops, --resume goes on.
      """)

  private static let usual = SentenceEncoderRecipe()

  @Option(
    help: """
      A sentence encoder of the BERT family, a folder as Hugging Face publishes it; the one that `make models` fetches if \
      left out.
      """,
    transform: fileURL)
  var teacher: URL?

  @Option(
    help: "Phrases and sentences to learn on, one a line, in UTF-8; what is said of faces if left out.",
    transform: fileURL)
  var texts: URL?

  @Option(help: "The encoder to write, in half precision.", transform: outputURL)
  var out: URL

  @Option(
    help: """
      The numbers between layers, a multiple of \(Self.usual.heads); \(Self.usual.width) if left out.
      """, transform: within(5...1024))
  var width: Int?

  @Option(
    help:
      "The numbers of a token in the table, which is almost all of the file; \(Self.usual.tableWidth) if left out.",
    transform: within(1...1024)
  )
  var tableWidth: Int?

  @Option(help: "The layers; \(Self.usual.layers) if left out.", transform: within(1...24))
  var layers: Int?

  @Flag(help: "Keep the tokens of all scripts, not of Latin letters alone.")
  var allScripts = false

  @Option(help: "The number of steps; \(Self.usual.steps) if left out.", transform: within(Bounds.steps))
  var steps: Int?

  @Option(
    help: """
      Texts in a step, from 8 to 1024; \(Self.usual.batch) if left out.
      """, transform: within(Bounds.batch))
  var batch: Int?

  @Option(help: "Decides every random number.")
  var seed: UInt64 = 1

  @Option(help: "The most threads to use.", transform: within(Bounds.threads))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Steps between two checkpoints.", transform: within(Bounds.steps))
  var checkpointEvery = 500

  @Flag(help: "Continue the training that was stopped.")
  var resume = false

  func validate() throws {
    let (width, tableWidth) = (width ?? Self.usual.width, tableWidth ?? Self.usual.tableWidth)
    if tableWidth > width {
      throw ValidationError("--table-width takes at most what --width has, \(width), not \(tableWidth).")
    }
    if width % Self.usual.heads != 0 {
      throw ValidationError("--width takes a multiple of \(Self.usual.heads), not \(width).")
    }
  }

  func run() async throws {
    var recipe = Self.usual
    recipe.width = width ?? recipe.width
    recipe.tableWidth = tableWidth ?? recipe.tableWidth
    recipe.layers = layers ?? recipe.layers
    recipe.keepsAllScripts = allScripts
    recipe.steps = steps ?? recipe.steps
    recipe.batch = batch ?? recipe.batch
    let lines =
      try texts.map(SentenceEncoderTraining.texts(contentsOf:)) ?? AttributeTexts.faces.phrases
    let held = stride(from: 49, to: lines.count, by: 50).map { lines[$0] }
    let learned = lines.indices.filter { $0 % 50 != 49 }.map { lines[$0] }
    var options = RunOptions(
      folder: out.deletingPathExtension().appendingPathExtension("training"), threads: threads)
    (options.checkpointInterval, options.resumes) = (checkpointEvery, resume)
    let terminal = TrainingTerminal()
    let encoder =
      try teacher.map { try SentenceEncoder(contentsOf: $0, threads: threads) }
      ?? installedEncoder(threads: threads)
    let trained = try await terminal.interruptible(leaving: options.checkpoint) {
      [recipe, options, seed, threads] in
      var training = try SentenceEncoderTraining(
        recipe, teacher: encoder, texts: learned, seed: seed, threads: threads, report: terminal.show)
      try training.run(options, report: terminal.show)
      return training.encoder
    }
    try trained.write(to: out, precision: .half)
    printError("Wrote \(out.path).")
    if !held.isEmpty {
      let (features, expected) = (
        trained.features(ofTexts: held).elements, encoder.features(ofTexts: held).elements
      )
      let sum = zip(features, expected).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      print(String(format: "mean cosine to the teacher on other texts: %.4f", sum / Double(held.count)))
    }
  }
}

/// The sentence encoder that `make models` fetches.
func installedEncoder(threads: Int) throws -> SentenceEncoder {
  guard let encoder = try SentenceEncoder.installed(threads: threads) else {
    throw ValidationError("There is no sentence encoder; run make models, or say where one is.")
  }
  return encoder
}
