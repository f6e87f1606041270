import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Latent optimization with models of random weights; ``OptimizationParity`` compares it with published numbers.
struct LatentOptimizerTests {
  private let model = ToyImageTextModel()
  private let recipe = LatentOptimization(steps: 12, rate: 0.05, distanceWeight: 0.01, identityWeight: 0.2)

  private func optimizer(_ recipe: LatentOptimization) throws -> LatentOptimizer<ZSpace> {
    let generator = try ConvolutionalGenerator.toy()
    return try LatentOptimizer(
      recipe, of: Editor(generator: generator).face(of: generator.randomCodes(1, seed: 3)[0]),
      toward: "a smile", model: model, identity: ToyImageTextModel(seed: 2), threads: 2)
  }

  // rate(t) = rate · min(1, t/rise) · (½ − ½cos(π·min(1, (1 − t)/fall))); t = i/N is 0 in the published first step,
  // and the published rise is 1/20 whatever is asked for. The corrected t = (i + ½)/N is never 0 or 1.
  @Test func scheduleFollowsTheFormula() {
    for fidelity in Fidelity.allCases {
      let recipe = LatentOptimization(steps: 40, rate: 0.1, rampUp: 0.2, rampDown: 0.3, fidelity: fidelity)
      for step in 0..<40 {
        let t = fidelity == .reference ? Double(step) / 40 : (Double(step) + 0.5) / 40
        let rise = fidelity == .reference ? 0.05 : 0.2
        let expected = 0.1 * min(1, t / rise) * (0.5 - 0.5 * cos(.pi * min(1, (1 - t) / 0.3)))
        #expect(abs(Double(recipe.rate(at: step)) - expected) <= 1e-7)
        #expect(fidelity == .reference && step == 0 ? recipe.rate(at: 0) == 0 : recipe.rate(at: step) > 0)
      }
    }
  }

  // L = text + λ_L2·distance + λ_ID·identity, each recomputed here from the code before the step.
  @Test func lossesAreThoseOfTheCode() throws {
    var optimizer = try optimizer(recipe)
    let generator = try ConvolutionalGenerator.toy()
    let start = optimizer.code
    func row(_ model: ToyImageTextModel, _ code: Latent<ZSpace>) -> [Float] {
      let codes = Tape(threads: 1).constant(Tensor(shape: [1, code.values.count], elements: code.values))
      return model.features(ofImages: generator.images(of: codes)).value.elements
    }
    func distance(_ a: [Float], _ b: [Float]) -> Float { 1 - zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    for step in 0..<5 {
      let code = optimizer.code
      let losses = try optimizer.update()
      let text = distance(row(model, code), model.features(ofTexts: ["a smile"]).elements)
      let identity = distance(row(ToyImageTextModel(seed: 2), code), row(ToyImageTextModel(seed: 2), start))
      let moved = (code - start).values.reduce(0) { $0 + $1 * $1 }
      #expect(abs(losses.text - text) <= 1e-5 && abs(losses.identity - identity) <= 1e-5)
      #expect(abs(losses.distance - moved) <= 1e-5)
      #expect(abs(losses.total - (text + 0.01 * moved + 0.2 * identity)) <= 1e-5)
      #expect(step == 0 ? losses.distance == 0 : losses.distance > 0)
    }
  }

  // The notebook's λ_ID takes a model of identity, and the program's 0 none.
  @Test func identityTakesAModel() throws {
    let generator = try ConvolutionalGenerator.toy()
    let face = Editor(generator: generator).face(of: generator.randomCodes(1, seed: 3)[0])
    #expect(throws: TextEditingError.identityModelMissing(weight: 0.005)) {
      try LatentOptimizer(.quickEdit, of: face, toward: "a smile", model: model)
    }
    _ = try LatentOptimizer(.edit, of: face, toward: "a smile", model: model)
  }

  @Test func imageComesToFitTheText() throws {
    var optimizer = try optimizer(LatentOptimization(steps: 60, rate: 0.1, distanceWeight: 0))
    var texts: [Float] = []
    try optimizer.run { texts.append($0.losses[0].value) }
    #expect(texts.count == 60)
    #expect(try #require(texts.last) < 0.7 * texts[0])
  }

  // Of a style code the noise stays, and the factors of channels move: all but those of channels that no image sees.
  @Test func noiseOfAStyleCodeStays() throws {
    let generator = try ConvolutionalGenerator.toy().inStyleSpace
    let start = generator.randomCodes(1, seed: 5)[0]
    var optimizer = try LatentOptimizer(
      recipe, of: Editor(generator: generator).face(of: start), toward: "a smile", model: model,
      identity: model, threads: 2)
    try optimizer.run()
    let moved = zip(start.values, optimizer.code.values).map { $0 != $1 }
    let noise = generator.styleLayers[0].range
    #expect(noise.allSatisfy { !moved[$0] })
    #expect(moved.count { $0 } > (moved.count - noise.count) * 3 / 4)
  }

  // A resumed optimization makes bit for bit what an uninterrupted one makes; another text's is refused.
  @Test func resumedIsAsUninterrupted() async throws {
    var whole = try optimizer(recipe)
    try whole.run()
    try await withTemporaryFolder { folder in
      var options = RunOptions(folder: folder.appendingPathComponent("run"), threads: 2)
      (options.checkpointInterval, options.sampleInterval) = (4, 4)
      let interrupted = Task { [options, recipe] in
        var first = try optimizer(recipe)
        #expect(throws: CancellationError.self) {
          try first.run(options) { if $0.step == 6 { cancelTask() } }
        }
      }
      try await interrupted.value
      options.resumes = true
      var second = try optimizer(recipe)
      try second.run(options) { _ in }
      let fresh = try optimizer(recipe)
      #expect(second.code == whole.code && second.code != fresh.code)
      let files = try FileManager.default.contentsOfDirectory(atPath: options.folder.path)
      #expect(files.count { $0.hasPrefix("sample-") } == 3)
      var other = try optimizer(LatentOptimization(steps: 12, rate: 0.06))
      #expect(throws: RunError.self) { try other.run(options) { _ in } }
    }
  }
}
