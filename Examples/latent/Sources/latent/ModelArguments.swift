import ArgumentParser
import Foundation
import LatentArithmetic
import LatentFaces
import LatentReports
import LatentText

/// Which model a command uses.
struct ModelArguments: ParsableArguments {
  @Option(
    help: "A model file, or a checkpoint of PyTorch's DCGAN example; the embedded face model if left out.",
    transform: fileURL)
  var model: URL?

  @Option(
    help:
      "A sentence encoder of the space that the model's projector of texts was trained in; the embedded one if left out.",
    transform: fileURL)
  var sentences: URL?

  @Option(help: "The most threads to use.", transform: within(Bounds.threads))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  /// The model's editor; with a file of word vectors, every word of the file can be used.
  func editor(vectors: URL? = nil, by operation: AveragingArguments? = nil) throws -> Editor<ZSpace> {
    let vectors = try vectors.map { try WordVectors(contentsOf: $0, threads: threads) }
    guard model != nil || sentences != nil else {
      try operation?.check(.faces())
      return try .faces(vectors: vectors, threads: threads)
    }
    let model = try opened()
    try operation?.check(model)
    if let vectors { return try Editor(model, vectors: vectors, threads: threads) }
    return try Editor(model, texts: encoderOfTexts(), threads: threads)
  }

  /// The sentence encoder that texts are read with.
  func encoderOfTexts() throws -> SentenceEncoder {
    try sentences.map { try SentenceEncoder(contentsOf: $0, threads: threads) } ?? .faces(threads: threads)
  }

  /// The joint model in a file, whose texts the sentence encoder reads; the embedded one without a file.
  func jointModel(_ file: URL?) throws -> JointModel {
    guard let file else { return try .faces(threads: threads) }
    return try JointModel(contentsOf: file, texts: encoderOfTexts(), threads: threads)
  }

  /// The model itself; a foreign generator is taken for a model without other parts.
  func opened() throws -> Model { try model.map { try Model(importing: $0) } ?? .faces() }
}

/// How words change codes.
struct AveragingArguments: ParsableArguments {
  @Flag(
    help: """
      Average the code and the words' vectors, as in the paper's equation (1), and do not add them; the model's \
      projector has to be one trained by --method averaging --raw.
      """)
  var average = false

  /// Makes sure that a model's words can be averaged with codes, where that is asked for; only then it is opened.
  func check(_ model: @autoclosure () throws -> Model) throws {
    if average { try model().checkAveraging() }
  }
}
