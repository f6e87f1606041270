import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Synchronization
import TestSupport
import Testing

/// Tasks that are cancelled while they train, encode, measure or draw.
struct CancellationTests {
  /// How often each activity was reported, and when the task is to be cancelled.
  private final class Reports: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private let activity: String, limit: Int
    private let afterwards = Mutex(0)

    init(cancelAt limit: Int = 0, of activity: String = "") {
      (self.activity, self.limit) = (activity, limit)
    }

    func receive(_ progress: StepProgress) {
      if Task.isCancelled { afterwards.withLock { $0 += 1 } }
      let count = counts.withLock { counts in
        counts[progress.activity, default: 0] += 1
        return counts[progress.activity, default: 0]
      }
      if progress.activity == activity, count == limit { cancelTask() }
    }

    var activities: Set<String> { Set(counts.withLock { $0 }.keys) }
    /// Reports that came in spite of the cancellation.
    var late: Int { afterwards.withLock { $0 } }
    func count(_ activity: String) -> Int { counts.withLock { $0[activity] ?? 0 } }
  }

  private typealias Kind = FinitenessTests.Kind

  /// What each training reports: its steps, and the work before and after them.
  private static let activities: [FinitenessTests.Kind: [String]] = [
    .gan: ["training"], .encoder: ["training", "measuring"],
    .autoencoder: ["training", "encoding", "fitting random codes", "measuring"],
    .projector: ["encoding", "training", "calibrating"],
    .scorer: ["training", "measuring"],
  ]

  // Cancelled in its second report of an activity, a training makes no other: it writes no model, and resumed it writes
  // that of an uninterrupted one. Cancelled before it begins, it reports nothing and leaves nothing.
  @Test(arguments: FinitenessTests.Kind.allCases)
  func aCancelledTrainingStopsAndContinues(kind: FinitenessTests.Kind) async throws {
    try await withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      func train(_ name: String, _ reports: Reports, resumes: Bool = false, isEarly: Bool = false)
        async -> Result<Void, any Error>
      {
        let training = drawn.training(
          of: folder.appendingPathComponent(name), in: folder.appendingPathComponent(name + ".run"),
          resumes: resumes, report: reports.receive)
        let work = UncheckedTraining(training)
        return await Task {
          if isEarly { cancelTask() }
          try kind.train(by: work.training, drawn.vectors, rate: nil)
        }.result
      }
      func begin(_ name: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        var model = TinyModel.complete(.dcgan)
        if kind == .encoder { model.set(.encoder, to: Parameters(), record: "") }
        if kind == .encoder || kind == .projector { try model.write(to: url, precision: .single) }
        return url
      }

      let all = Reports()
      let whole = try begin("whole")
      try await train("whole", all).get()
      let expected = try Data(contentsOf: whole)
      let activities = try #require(Self.activities[kind])
      #expect(all.activities == Set(activities))

      for activity in activities {
        let url = try begin(activity)
        let before = try? Data(contentsOf: url)
        let limit = min(2, all.count(activity))
        let reports = Reports(cancelAt: limit, of: activity)
        let result = await train(activity, reports)
        #expect(throws: CancellationError.self, "\(activity)") { try result.get() }
        #expect(reports.count(activity) == limit && reports.late == 0, "\(activity)")
        #expect((try? Data(contentsOf: url)) == before, "\(activity)")
        let checkpoint = folder.appendingPathComponent(activity + ".run/checkpoint.safetensors")
        let isKept = FileManager.default.fileExists(atPath: checkpoint.path)
        #expect(isKept == (reports.count("training") > 0), "\(activity)")
        try await train(activity, Reports(), resumes: isKept).get()
        let isEqual = try Data(contentsOf: url) == expected
        #expect(isEqual, "\(activity)")
      }

      _ = try begin("early")
      let none = Reports()
      let result = await train("early", none, isEarly: true)
      #expect(throws: CancellationError.self) { try result.get() }
      #expect(none.activities.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("early.run").path))
    }
  }

  /// A training whose report may be called on any thread.
  private struct UncheckedTraining: @unchecked Sendable {
    let training: Training

    init(_ training: Training) { self.training = training }
  }

  // The generator's or encoder's statistics have changed by the time of the first check, and are put back.
  @Test func aCancelledStepChangesNothing() async throws {
    var recipe = GANRecipe.dcgan
    recipe.network = TinyModel.network(.dcgan)
    var autoencoder = AutoencoderRecipe()
    (autoencoder.latentSize, autoencoder.width, autoencoder.batch) = (6, 4, 4)
    (autoencoder.edited, autoencoder.sampled) = (2, 2)
    let real = Tensor((0..<4).map { smoothImage(width: 80, height: 80, seed: $0) })
    let labels = Tensor(shape: [4, 3], elements: randomFloats(count: 12, seed: 5).map { $0 > 0 ? 1 : 0 })
    let steps = Task { [recipe, autoencoder] in
      var gan = GANTraining(recipe: recipe, seed: 1)
      var encoder = EncoderTraining(
        network: recipe.network, settings: EncoderRecipe().optimizer,
        generator: Parameters(recipe.network.generator.parameters, seed: 1),
        encoder: Parameters(recipe.network.encoder.parameters, seed: 2))
      var both = AutoencoderTraining(recipe: autoencoder, attributes: 3, seed: 1)
      let before = [gan.state.bits, encoder.state.bits, both.state.bits]
      cancelTask()
      #expect(throws: CancellationError.self) { try gan.update(real: real, threads: 1) }
      #expect(throws: CancellationError.self) { try encoder.update(real: real, threads: 1) }
      #expect(throws: CancellationError.self) { try both.update(real: real, labels: labels, threads: 1) }
      return [gan.state.bits, encoder.state.bits, both.state.bits] == before && gan.step == 0
    }
    #expect(await steps.value)
  }

  // Every activity of an evaluation can be its last, the encoding of the training images too.
  @Test func aCancelledEvaluationStops() async throws {
    try await withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("scorer")
      var recipe = ScorerRecipe.calibrating
      (recipe.network.width, recipe.batch, recipe.steps) = (4, 8, 20)
      (recipe.people, recipe.alignment) = (.all, .celeba)
      try drawn.training(of: url, in: folder.appendingPathComponent("run")).trainScorer(recipe)
      let scorer = try AttributeScorer(contentsOf: url, threads: 1)
      let vectors = drawn.vectors
      var model = TinyModel.complete(.dcgan)
      let meanCode = model.meanCode
      model.set(
        .projector,
        to: TinyModel.parameters(
          ProjectorNetwork(dimension: vectors.dimension, hiddenUnits: 8, latentSize: TinyModel.latentSize)
            .layers.parameters), record: "")
      model.directions = WordVectors(
        words: vectors.words, values: randomFloats(count: vectors.words.count * TinyModel.latentSize, seed: 6)
      )
      model.meanCode = meanCode
      func evaluate(_ reports: Reports) async -> Result<Void, any Error> {
        await Task { [model, vectors] in
          var evaluation = try Evaluation(
            of: model, on: drawn.dataset, split: .validation, vectors: vectors, scorer: scorer,
            recognizer: nil,
            threads: 1, report: reports.receive)
          (evaluation.refinedPhotos, evaluation.refinedSteps, evaluation.generatedImages) = (1, 1, 8)
          _ = try evaluation.measure()
        }.result
      }
      let all = Reports()
      try await evaluate(all).get()
      #expect(all.activities.count > 10 && all.activities.contains("encoding"), "\(all.activities)")
      for activity in all.activities {
        let reports = Reports(cancelAt: 1, of: activity)
        let result = await evaluate(reports)
        #expect(throws: CancellationError.self, "\(activity)") { try result.get() }
        #expect(reports.count(activity) == 1 && reports.late == 0, "\(activity)")
      }
    }
  }
}
