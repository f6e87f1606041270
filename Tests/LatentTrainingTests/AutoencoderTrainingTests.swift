import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Encoder and generator trained together, step by step.
struct AutoencoderTrainingTests {
  private static let attributes = 3
  private static let recipe: AutoencoderRecipe = {
    var recipe = AutoencoderRecipe()
    (recipe.latentSize, recipe.width, recipe.batch, recipe.edited, recipe.sampled) = (6, 4, 4, 2, 2)
    recipe.optimizer.rate = 2e-3
    return recipe
  }()

  private static func images(_ step: Int) -> Tensor {
    Tensor((0..<recipe.batch).map { smoothImage(width: 80, height: 80, seed: 7 * step + 3 * $0) })
  }

  private static func labels(_ step: Int) -> Tensor {
    Tensor(
      shape: [recipe.batch, attributes],
      elements: randomFloats(count: recipe.batch * attributes, seed: UInt64(step)).map { $0 > 0 ? 1 : 0 })
  }

  private static func training() -> AutoencoderTraining {
    AutoencoderTraining(recipe: recipe, attributes: attributes, seed: 7)
  }

  private static func advance(
    _ training: inout AutoencoderTraining, _ steps: Range<Int>, threads: Int = 1
  ) throws -> [AutoencoderTraining.Losses] {
    try steps.map { try training.update(real: images($0), labels: labels($0), threads: threads) }
  }

  // On one batch again and again the mean squared error falls: that of drawings near 0 is the images' own square.
  @Test func pixelsAreLearnt() throws {
    var training = Self.training()
    let losses = try (0..<40).map { _ in
      try training.update(real: Self.images(0), labels: Self.labels(0), threads: 1)
    }
    for loss in losses {
      let values = [loss.pixels, loss.readout, loss.real, loss.generated, loss.shown]
      #expect(values.allSatisfy { $0.isFinite && $0 >= 0 }, "\(loss)")
    }
    let (first, last) = (losses[0].pixels, losses.suffix(5).map(\.pixels).reduce(0, +) / 5)
    #expect(last < 0.5 * first, "\(first) \(last)")
    #expect(losses[39].readout < losses[0].readout, "\(losses[0].readout) \(losses[39].readout)")
    #expect(training.step == 40)
  }

  @Test func threadsDoNotChangeABit() throws {
    let runs = try [1, 2, 3].map { threads in
      var training = Self.training()
      let losses = try Self.advance(&training, 0..<3, threads: threads)
      return (losses, training.state.bits)
    }
    #expect(runs.count == 3 && runs[0].1.count > 50)
    for run in runs.dropFirst() {
      let isEqual = run.1 == runs[0].1
      #expect(isEqual && run.0 == runs[0].0)
    }
  }

  // Everything the next step depends on is in the state: weights, moments, averages, the codes' covariance.
  @Test func aRestoredTrainingContinues() throws {
    var whole = Self.training()
    let losses = try Self.advance(&whole, 0..<5)
    var first = Self.training()
    _ = try Self.advance(&first, 0..<2)
    var second = Self.training()
    second.restore(first.state, step: first.step)
    #expect(second.step == 2)
    let isRestored = second.state.bits == first.state.bits
    #expect(isRestored)
    #expect(try Self.advance(&second, 2..<5) == Array(losses[2...]))
    let isEqual = second.state.bits == whole.state.bits
    #expect(isEqual && second.step == 5)
    let results = [whole.result, second.result].map { [$0.encoder.bits, $0.generator.bits] }
    let isResultEqual = results[0] == results[1]
    #expect(isResultEqual)
  }

  // a + share·(‖a‖/‖b‖)·b: what is added is parallel to b and share·‖a‖ long; of nothing, nothing is added.
  @Test(arguments: [Float(0.3), 2]) func aPullIsAShareOfAnother(share: Float) {
    let a = Tensor(shape: [4, 30], elements: randomFloats(count: 120, seed: 1))
    let b = Tensor(shape: [4, 30], elements: randomFloats(count: 120, seed: 2).map { 1e-4 * $0 })
    let factor = Double(share) * (a.squaredNorm / b.squaredNorm).squareRoot()
    let expected = zip(a.elements, b.elements).map { Double($0) + factor * Double($1) }
    let sum = a.adding(b, asShare: share)
    #expect(worstError(sum.elements, expected, scale: 1) <= 8 * Double(Float.ulpOfOne) * 4)
    let ratio = (sum.subtracting(a).squaredNorm / a.squaredNorm).squareRoot()
    #expect(abs(ratio - Double(share)) <= 1e-5, "\(ratio)")
    #expect(a.adding(Tensor(shape: [4, 30], repeating: 0), asShare: share).elements == a.elements)
  }
}
