import Foundation
import LatentArithmetic
import LatentCore
import LatentText

/// Measures a model on photos that no training saw, beside other ways of finding directions in the same latent space.
///
///     let evaluation = try Evaluation(
///       of: model, on: dataset, split: .validation, vectors: vectors, scorer: .faces(), recognizer: nil)
///     try evaluation.measure().jsonData().write(to: url)
///
/// Photos are edited as users' are, at their own resolution, and the scorer judges the finished photos. What directions
/// are found by are the images of the training split; nothing is chosen by those that are measured on. Cancelling the
/// task ends the work with a `CancellationError`.
public struct Evaluation {
  /// How many photos that lack a word are edited by it, at most.
  public var photosPerWord = 100
  /// How many photos have their codes refined, and by how many steps.
  public var refinedPhotos = 40, refinedSteps = 200
  /// How many images are generated, at most; as many photos are compared with.
  public var generatedImages = 1500
  /// The most threads to use.
  public let threads: Int

  let ranks: RankGroup
  let model: Model
  let dataset: ImageDataset
  let scorer: AttributeScorer
  let recognizer: FaceRecognizer?
  let generator: ConvolutionalGenerator
  let encoder: ConvolutionalEncoder
  let projector: WordProjector<ZSpace>
  let vectors: WordVectors
  /// The words of the attributes that the scorer knows.
  let words: [AttributeWords.Entry]
  /// The attributes of the words, among the scorer's.
  let targets: [AttributeTarget]
  /// Codes and labels of the training images.
  let trained: LabeledLatents
  /// The photos that are measured on.
  let held: EditJudge
  private let activity = Activity()
  private let report: (StepProgress) -> Void

  /// Encodes the images of a data set.
  ///
  /// - Parameters:
  ///   - model: A model whose three parts are trained.
  ///   - dataset: Images with attributes.
  ///   - split: What is measured on.
  ///   - vectors: The word vectors that the projector was trained with.
  ///   - scorer: The judge of attributes: one that measures and did not calibrate, so that θ = 1 is not judged by what
  ///     set it.
  ///   - recognizer: The judge of identity; without one it is not measured.
  ///   - rendering: How edits get into the photos that are judged; painted where the model has a painter, and kept elsewhere,
  ///     if left out.
  ///   - threads: The most threads to use.
  ///   - ranks: Who measures together: each rank encodes a share of the images and takes a share of the words, texts and
  ///     sentences. All get the report, the same bits as one alone.
  ///   - report: Called with what is being encoded, and later with what is being measured.
  /// - Throws: ``EvaluationError``, ``TrainingError/noAttributes(folder:)``, ``TrainingError/noWords``,
  ///   ``TrainingError/codesNotFinite(image:)``,
  ///   `ModelError`, `ImageError`, `FileError`; `CancellationError` when the task is cancelled.
  public init(
    of model: Model, on dataset: ImageDataset, split: ImageDataset.Split, vectors: WordVectors,
    scorer: AttributeScorer, recognizer: FaceRecognizer?, rendering: Rendering? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, ranks: RankGroup = .alone,
    report: @escaping (StepProgress) -> Void = { _ in }
  ) throws {
    (self.model, self.dataset, self.vectors, self.report) = (model, dataset, vectors, report)
    (self.scorer, self.recognizer, self.threads, self.ranks) = (scorer, recognizer, threads, ranks)
    generator = try ConvolutionalGenerator(model, threads: threads)
    encoder = try ConvolutionalEncoder(model, threads: threads)
    projector = try WordProjector(model, vectors: vectors, threads: threads)
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let train = dataset.images(in: .train).filter { $0.attributes != nil }
    guard train.count > 1 else { throw EvaluationError.tooFewPhotos(.train, expected: 2, got: train.count) }
    let judge = try EditJudge(
      dataset, split: split, atMost: Self.photos, model: model, rendering: rendering, scorer: scorer,
      threads: threads, report: report)
    guard let judge, judge.photos.count > 1 else {
      throw EvaluationError.tooFewPhotos(split, expected: 2, got: judge?.photos.count ?? 0)
    }
    held = judge
    let pairs = AttributeWords(attributeNames: dataset.attributeNames, in: vectors).entries
      .compactMap { entry in judge.target(of: entry, dataset.attributeNames).map { (entry, $0) } }
    if pairs.count < 2 { throw TrainingError.noWords }
    (words, targets) = (pairs.map(\.0), pairs.map(\.1))
    trained = try dataset.labeledCodes(
      of: train, words: words, by: encoder, leavingOut: LeftOutImages(), ranks: ranks, report: report)
  }

  /// The most photos that are measured on.
  static let photos = 1500

  /// Measures everything.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; `ModelError`, `WordVectorsError`, `ImageError`, `FileError`.
  public func measure() throws -> EvaluationReport {
    let directions = try words.map { try projector.direction(for: $0.word) }
    let edits = try measureWords(directions)
    return EvaluationReport(
      reconstruction: try measureReconstruction(),
      explainedVariance: try measureExplainedVariance(directions),
      cosine: cosine(directions), continuity: try measureContinuity(directions), words: edits,
      baselines: try measureBaselines(beside: edits), generated: try measureGenerated(),
      edits: try measureEdits())
  }

  /// Says what is being done, and ends the work of a cancelled task.
  func advance(_ name: String, _ step: Int, of steps: Int) throws {
    try Task.checkCancellation()
    report(
      StepProgress(
        activity: name, step: step, steps: steps, losses: [], rate: activity.rate(of: name, at: step)))
  }

  /// What is being measured, and since when: each measure goes at a rate of its own.
  private final class Activity {
    private var name = ""
    private var start = Date()
    private var last = Date()

    func rate(of name: String, at step: Int) -> Double {
      // The first step of a measure began when the last of another was told.
      if name != self.name { (self.name, start) = (name, last) }
      last = Date()
      return Double(step) / max(last.timeIntervalSince(start), 1e-3)
    }
  }
}

extension Double {
  /// The number, nil where it is infinite or NaN.
  var ifFinite: Double? { isFinite ? self : nil }
}
