import LatentCore
import TestSupport
import Testing

/// What batch normalization keeps from one step to the next.
struct BatchNormTests {
  private static let channels = 3

  // running ← 0.9·running + 0.1·batch, the variance with rows − 1: with 6 rows a biased one is 17 % smaller.
  // Two passes of one binding, as real and generated images make, move the statistics twice.
  @Test func runningStatisticsFollowTheBatches() throws {
    let layer = BatchNorm(path: "norm", channels: Self.channels, activation: .identity)
    let parameters = Parameters(layer.parameters, seed: 1)
    let batches = [2, 3].map { seed in
      Tensor(
        shape: [1, 2, 3, Self.channels],
        elements: randomFloats(count: 6 * Self.channels, seed: seed).map { 2 * $0 + 1 })
    }
    let tape = Tape(threads: 1)
    let binding = Binding(parameters, on: tape, isTrained: true, phase: .training)
    for batch in batches { _ = layer(tape.constant(batch), binding) }
    var (mean, variance) = ([0.0, 0, 0], [1.0, 1, 1])
    for batch in batches {
      for channel in 0..<Self.channels {
        let x = stride(from: channel, to: batch.count, by: Self.channels).map { Double(batch.elements[$0]) }
        let center = x.reduce(0, +) / 6
        let spread = x.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 5
        mean[channel] = 0.9 * mean[channel] + 0.1 * center
        variance[channel] = 0.9 * variance[channel] + 0.1 * spread
      }
    }
    let tolerance = 4 * Double(Float.ulpOfOne)
    #expect(binding.updates.paths == ["norm.mean", "norm.variance"])
    #expect(worstError(try #require(binding.updates["norm.mean"]).elements, mean, scale: 1) <= tolerance)
    let got = try #require(binding.updates["norm.variance"]).elements
    #expect(worstError(got, variance, scale: largestMagnitude(variance)) <= tolerance)
  }

  // In inference the statistics are what was bound, and nothing is kept.
  @Test func inferenceKeepsNothing() throws {
    let layer = BatchNorm(path: "norm", channels: Self.channels, activation: .identity)
    var parameters = Parameters(layer.parameters, seed: 1)
    func vector(_ name: String) throws -> [Double] {
      try #require(parameters["norm." + name]).elements.map { Double($0) }
    }
    parameters["norm.mean"] = Tensor(shape: [3], elements: [0.5, -1, 2])
    parameters["norm.variance"] = Tensor(shape: [3], elements: [0.25, 4, 1e-5])
    let x = randomFloats(count: 15, seed: 4)
    let tape = Tape(threads: 1)
    let binding = Binding(parameters, on: tape, isTrained: false, phase: .inference)
    let y = layer(tape.constant(Tensor(shape: [5, 3], elements: x)), binding).value
    let (scale, offset) = (try vector("scale"), try vector("offset"))
    let (mean, variance) = (try vector("mean"), try vector("variance"))
    let expected = x.enumerated().map { index, x in
      let c = index % 3
      return scale[c] * (Double(x) - mean[c]) / (variance[c] + 1e-5).squareRoot() + offset[c]
    }
    let tolerance = 8 * Double(Float.ulpOfOne)
    #expect(worstError(y.elements, expected, scale: largestMagnitude(expected)) <= tolerance)
    #expect(binding.updates.paths.isEmpty)
  }

  // Without an affine part the output is (x − m)/√(v + ε), scale and offset begin as 1 and 0, no gradient reaches them,
  // and the gradient at x is what fixed ones of 1 and 0 give.
  @Test func withoutAnAffinePartNothingIsTrained() throws {
    let layer = BatchNorm(path: "norm", channels: Self.channels, activation: .identity, isAffine: false)
    let parameters = Parameters(layer.parameters, seed: 1)
    #expect(try #require(parameters["norm.scale"]).elements == [1, 1, 1])
    #expect(try #require(parameters["norm.offset"]).elements == [0, 0, 0])
    #expect(layer.parameters.count == 4 && layer.parameters.allSatisfy { !$0.isTrainable })
    let x = Tensor(
      shape: [7, Self.channels], elements: randomFloats(count: 7 * Self.channels, seed: 5).map { 3 * $0 + 1 })
    let cotangent = Tensor(shape: x.shape, elements: randomFloats(count: x.count, seed: 6))
    func run(_ layer: BatchNorm) -> (Tensor, [String: Tensor], Parameters) {
      let tape = Tape(threads: 1)
      let binding = Binding(parameters, on: tape, isTrained: true, phase: .training)
      let y = layer(tape.watch(x, path: "x"), binding)
      return (y.value, tape.gradients(of: y, cotangent: cotangent), binding.updates)
    }
    let (y, gradients, updates) = run(layer)
    let (affineY, affineGradients, _) = run(
      BatchNorm(path: "norm", channels: Self.channels, activation: .identity))
    #expect(Set(gradients.keys) == ["x"] && affineGradients.keys.count == 3)
    #expect(updates.paths == ["norm.mean", "norm.variance"])
    #expect(y.elements == affineY.elements)
    #expect(try #require(gradients["x"]).elements == #require(affineGradients["x"]).elements)
    for channel in 0..<Self.channels {
      let column = stride(from: channel, to: y.count, by: Self.channels).map { Double(y.elements[$0]) }
      let mean = column.reduce(0, +) / 7
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 7
      #expect(abs(mean) <= 1e-6 && abs(variance - 1) <= 1e-4, "\(mean) \(variance)")
    }
  }
}
