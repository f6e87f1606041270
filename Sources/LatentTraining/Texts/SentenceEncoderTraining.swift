import Foundation
import LatentArithmetic
import LatentCore
import LatentText

/// A small sentence encoder that learns from a large one, its teacher.
///
///     var training = try SentenceEncoderTraining(SentenceEncoderRecipe(), teacher: miniLM, texts: texts)
///     try training.run(RunOptions(folder: folder, threads: 2)) { print($0.step, $0.losses) }
///     try training.encoder.write(to: url, precision: .half)
///
/// The loss is the mean over a step's texts of 1 − cos(feature, teacher's feature): features come to lie in the teacher's
/// space. The network is a BERT that reads the teacher's tokens, with a dense layer behind the mean to the size of the
/// teacher's features. Its table begins as the principal components of the teacher's features of single tokens, and the
/// dense layer as the way back, so that a text begins as the sum of its words. The table is narrower than the network, as in
/// ALBERT, since it is almost all of a small encoder.
///
/// Source: Hinton and others, "Distilling the Knowledge in a Neural Network", 2015; for features, Reimers and Gurevych,
/// "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation", 2020; Lan and others, "ALBERT", 2020.
public struct SentenceEncoderTraining: Sendable {
  /// The encoder as it is.
  public var encoder: SentenceEncoder {
    SentenceEncoder(
      SentenceEncoderContents(
        architecture: architecture, parameters: trained.values, tokenizer: lessons.tokenizer,
        tokenLimit: architecture.positions),
      threads: threads)
  }

  private let recipe: SentenceEncoderRecipe
  private let architecture: BERTArchitecture
  private let network: BERTNetwork
  package let lessons: SentenceLessons
  private let seed: UInt64
  private let threads: Int
  private var trained: TrainedParameters

  /// Prepares a training: asks the teacher for all features that will be needed.
  ///
  /// - Parameters:
  ///   - recipe: Sizes and steps.
  ///   - teacher: The encoder to agree with.
  ///   - texts: Phrases and sentences to learn on, besides the single words of the teacher's vocabulary.
  ///   - seed: Decides which texts are mixed and which a step sees.
  ///   - threads: The most threads to use; results do not depend on it.
  ///   - report: Called with the progress of the preparation.
  /// - Throws: ``TrainingError/noTexts``; ``TrainingError/featuresNotFinite``; `CancellationError` when the task is
  ///   cancelled.
  /// - Precondition: The recipe's heads divide its width, which is at least the table's.
  /// - Complexity: The teacher's time for some 60,000 texts.
  public init(
    _ recipe: SentenceEncoderRecipe, teacher: SentenceEncoder, texts: [String], seed: UInt64 = 1,
    threads: Int, report: (StepProgress) -> Void = { _ in }
  ) throws {
    guard !texts.isEmpty else { throw TrainingError.noTexts }
    precondition(
      recipe.tableWidth <= recipe.width,
      "A table of width \(recipe.tableWidth) does not fit a network of \(recipe.width).")
    (self.recipe, self.seed, self.threads) = (recipe, seed, threads)
    lessons = try SentenceLessons(recipe, teacher: teacher, texts: texts, seed: seed, report: report)
    architecture = BERTArchitecture(
      width: recipe.width, heads: recipe.heads, depth: recipe.layers, expandedWidth: 2 * recipe.width,
      vocabularySize: lessons.tokenFeatures.shape[0], positions: recipe.positions, types: 1, epsilon: 1e-12,
      tableWidth: recipe.tableWidth, outputs: teacher.featureSize)
    network = BERTNetwork(architecture)
    var values = Parameters(network.parameters, seed: seed)
    guard let components = lessons.components(recipe.width, threads: threads) else {
      throw TrainingError.featuresNotFinite
    }
    let first = components.rows(Array(0..<recipe.tableWidth))
    values["text.embeddings"] = lessons.table(by: first, threads: threads)
    values["text.projection.weight"] = .firstColumns(of: recipe.width, rows: recipe.tableWidth)
    values["text.dense.weight"] = components
    trained = TrainedParameters(values, by: recipe.optimizer)
  }

  /// Makes all steps that are left, with checkpoints and a table of losses in a folder.
  ///
  /// A training that goes on with another number of steps follows the step size of that number from there.
  ///
  /// - Parameters:
  ///   - options: The folder, and how often something is written to it.
  ///   - report: Called after each step.
  /// - Throws: `RunError`, `FileError`, `CancellationError` when the task is cancelled, after a checkpoint.
  public mutating func run(_ options: RunOptions, report: (StepProgress) -> Void) throws {
    try SteppedRun(options).run(&self, report: report)
  }

  /// The mean over texts of 1 − cos(feature, teacher's feature), and its gradients.
  package func gradients(ofTexts chosen: [Int]) -> (loss: Float, gradients: [String: Tensor]) {
    let tape = Tape(threads: threads)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let distances = network.features(ofTexts: chosen.map { lessons.texts[$0] }, binding).map { group in
      group.features.unitLength()
        .cosineDistance(to: lessons.targets.rows(group.texts.map { chosen[$0] }))
        .scaled(by: Float(group.texts.count) / Float(chosen.count))
    }
    let loss = distances.dropFirst().reduce(distances[0]) { $0.adding($1) }
    return (loss.value.scalar, tape.gradients(of: loss))
  }
}

extension SentenceEncoderTraining: SampledWork {
  package static var lossNames: [String] { ["cosine distance"] }
  package var step: Int { trained.step }
  package var steps: Int { recipe.steps }
  package var state: Parameters { trained.state }

  /// Recipe, seed, the texts and what the teacher makes of them: all that a checkpoint must agree with.
  package var identity: String {
    let record = RunRecord(recipe: recipe, seed: seed, images: lessons.texts.count)
    return RunIdentity.json(
      ["record": record.identity, "targets": lessons.targets.digest], version: SentenceEncoderRecipe.version)
  }

  package mutating func advance() -> [Float] {
    let (loss, gradients) = gradients(
      ofTexts: lessons.chosen(recipe.batch, seed: seed, name: "sentences \(step)"))
    trained.optimizer.rate = recipe.learningRate * (1 - Float(step) / Float(max(recipe.steps, 1)))
    trained.update(gradients: gradients, threads: threads)
    return [loss]
  }

  package mutating func restore(_ state: Parameters, step: Int) { trained.restore(state, step: step) }

  package func sample() -> Image? { nil }
}

extension Tensor {
  /// A matrix that puts its inputs, `rows` of them, before zeros.
  fileprivate static func firstColumns(of columns: Int, rows: Int) -> Tensor {
    var elements = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows { elements[row * columns + row] = 1 }
    return Tensor(shape: [rows, columns], elements: elements)
  }
}

extension SentenceEncoderTraining {
  /// Reads texts to learn on from a file in UTF-8, one a line; a byte order mark and empty lines are passed over.
  ///
  /// - Throws: `FileError`, with what the file is where it is no such text.
  public static func texts(contentsOf url: URL) throws(FileError) -> [String] {
    let (text, other) = try File.contents(of: url).withRawBytes { bytes in
      (String(validating: bytes.withoutByteOrderMark, as: UTF8.self), ForeignFile.clause(bytes))
    }
    guard other == nil, let text else {
      throw .unreadable(path: url.path, reason: "it is \(other ?? "no text in UTF-8")")
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}
