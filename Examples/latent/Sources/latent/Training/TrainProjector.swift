import ArgumentParser
import Foundation
import LatentArithmetic
import LatentTraining
import LatentFaces

struct TrainProjector: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "projector", abstract: "Trains a word projector in the model's latent space and adds it.")

  @OptionGroup var arguments: TrainingArguments

  @Option(
    name: [.customLong("words"), .customLong("vectors")], help: "Word vectors as GloVe publishes them.",
    transform: vectorsURL)
  var vectors: URL

  @Option(
    name: .customLong("method"),
    help: """
      How words act on codes: signed-addition, with θ = ±1 and directions made orthogonal; or the paper's addition, \
      with free θ, or averaging, both with directions as they come.
      """)
  var wordMethod = WordMethod.signedAddition

  @Flag(
    help: """
      Leave the words' vectors as the loss makes them, as in the paper: codes are not made white, and vectors neither \
      calibrated nor fitted again; no scorer is needed. Their sign and length mean nothing by addition.
      """)
  var raw = false

  @Option(
    help:
      "What says how far θ = 1 goes; the embedded one if left out, which serves where it knows an attribute.",
    transform: fileURL)
  var scorer: URL?

  func validate() throws {
    if raw, scorer != nil {
      throw ValidationError("--scorer calibrates, and --raw leaves calibration out; give one of them.")
    }
  }

  func run() async throws {
    var recipe = ProjectorRecipe(method: wordMethod.method, isRaw: raw)
    recipe.steps = arguments.steps ?? recipe.steps
    recipe.batch = arguments.batch ?? recipe.batch
    let vectors = try WordVectors(contentsOf: vectors, threads: arguments.threads)
    let scorer =
      raw ? nil : try scorer.map { try AttributeScorer(contentsOf: $0) } ?? .faces(calibrating: true)
    try await arguments.run("projector") { [recipe] training in
      let words = AttributeWords(attributeNames: training.dataset.attributeNames, in: vectors)
      if !words.missing.isEmpty {
        printError("No word is known for \(words.missing.joined(separator: ", ")).")
      }
      try training.trainProjector(recipe, vectors: vectors, scorer: scorer)
    }
  }
}

/// How words act on codes, as typed.
enum WordMethod: String, ExpressibleByArgument, CaseIterable {
  case signedAddition = "signed-addition"
  case addition, averaging

  var method: ProjectorRecipe.Method {
    switch self {
    case .signedAddition: .signedAddition
    case .addition: .addition
    case .averaging: .averaging
    }
  }
}
