import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentReports
import LatentTraining
import LatentFaces
import LatentText

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model on photos that its training did not see.",
    discussion: """
      Reconstruction, what each word changes and what else it changes, whether similar words do similar things, and \
      the same for other ways of finding directions. Example: latent evaluate --data celeba --words glove.txt \
      --json --page evaluation.html
      """)

  @Option(help: "Labeled photos, with attributes.csv or in the layout of CelebA.", transform: fileURL)
  var data: URL

  @Option(help: "Which photos to measure on: validation, test or tuning.")
  var split = ImageDataset.Split.validation

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "The word vectors that the model was trained with.", transform: vectorsURL)
  var vectors: URL

  @Option(
    help: """
      The scorer that measures, which is not to be the one that calibrated; the embedded one if left out.
      """, transform: fileURL)
  var scorer: URL?

  @Option(
    help:
      "How edits get into the photos that are judged: paint, the default where the model can; keep; or reconstruct."
  )
  var rendering: Rendering?

  @Option(help: "MobileFaceNet's weights, to measure whether a person stays the same.", transform: fileURL)
  var faceNetwork: URL?

  @Option(help: "How many photos each word is tried on, at most.", transform: within(Bounds.samples))
  var photos = 100

  @Option(help: "How many photos have their codes refined.", transform: within(Bounds.samples))
  var refined = 40

  /// A part of what can be measured.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case edits, texts, sentences, retrieval
  }

  @Option(
    help: """
      Measures one part and nothing else, and takes --json: edits, the edited photos; texts, words, phrases and negations that \
      the projector of texts was not trained on; sentences, StyleCLIP's three methods by a joint model; retrieval, how \
      well the joint model finds photos by texts.
      """)
  var only: Part?

  @Option(
    help: """
      A joint model for --only sentences and retrieval, as latent train joint writes it; the embedded one if left out.
      """,
    transform: fileURL)
  var joint: URL?

  @Flag(help: "Prints the numbers as JSON.")
  var json = false

  @Option(help: "Writes a page of tables and images, .html.", transform: outputURL)
  var page: URL?

  @OptionGroup var model: ModelArguments

  func validate() throws {
    if !json && page == nil { throw ValidationError("Say where the numbers go: --json, --page, or both.") }
    if only != nil, !json || page != nil { throw ValidationError("--only takes --json, and no --page.") }
    if joint != nil, only != .sentences, only != .retrieval {
      throw ValidationError("--joint takes --only sentences or retrieval.")
    }
    if split == .train { throw ValidationError("A model is not measured on what it was trained on.") }
  }

  func run() async throws {
    let numbers = try await TrainingTerminal.together { [self] ranks, terminal in
      let numbers = try measure(ranks, report: terminal.show)
      return ranks.isFirst ? numbers : nil
    }
    if json, let numbers { print(String(decoding: numbers, as: UTF8.self)) }
  }

  /// What measures a part; what it takes is opened here, so that a wrong file is told before photos are encoded.
  private func measuring(_ part: Part) throws -> (Evaluation) throws -> Data {
    switch part {
    case .edits: return { try EvaluationReport.jsonData(of: $0.measureEdits()) }
    case .texts:
      let texts = try model.encoderOfTexts()
      return { try EvaluationReport.jsonData(of: $0.measureTexts(by: texts)) }
    case .sentences:
      let joint = try model.jointModel(joint)
      return { try EvaluationReport.jsonData(of: $0.measureSentences(by: joint)) }
    case .retrieval:
      let joint = try model.jointModel(joint)
      return { try EvaluationReport.jsonData(of: $0.measureRetrieval(by: joint)) }
    }
  }

  /// The numbers as JSON; where a page is asked for, it is written.
  private func measure(_ ranks: RankGroup, report: @escaping (StepProgress) -> Void) throws -> Data {
    let (trained, dataset) = try (model.opened(), ImageDataset(contentsOf: data))
    let part = try only.map(measuring)
    let vectors = try WordVectors(contentsOf: vectors, threads: model.threads)
    var evaluation = try Evaluation(
      of: trained, on: dataset, split: split, vectors: vectors,
      scorer: scorer.map { try AttributeScorer(contentsOf: $0) } ?? .faces(),
      recognizer: faceNetwork.map { try FaceRecognizer(contentsOf: $0) }, rendering: rendering,
      threads: model.threads, ranks: ranks, report: report)
    (evaluation.photosPerWord, evaluation.refinedPhotos) = (photos, refined)
    if let part { return try part(evaluation) }
    let numbers = try evaluation.measure()
    if let page, ranks.isFirst {
      let editor = try Editor(trained, vectors: vectors, threads: model.threads)
      let photo = dataset.images(in: split).first { $0.attributes != nil }
      let figures = try photo.map {
        try editor.figures(for: numbers, photo: Image(contentsOf: dataset.url(of: $0)))
      }
      try Data(numbers.html(figures: figures ?? []).utf8).write(to: page, options: .atomic)
    }
    return try numbers.jsonData()
  }
}

extension ImageDataset.Split: @retroactive ExpressibleByArgument {}
