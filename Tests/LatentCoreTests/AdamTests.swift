import Foundation
import LatentCore
import TestSupport
import Testing

/// The optimizer against its formula in double precision.
struct AdamTests {
  private static let steps = 30

  // m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − rate·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε). Each step rounds
  // the parameter, of size below 4, once, and moves it by about rate·(1 ± some ε).
  @Test(arguments: [
    Adam(rate: 1e-2), Adam(rate: 2e-4, beta1: 0.5),
    Adam(rate: 4e-4, beta1: 0, beta2: 0.99), Adam(rate: 1e-2, epsilon: 0.1),
  ])
  func followsTheFormula(settings: Adam) throws {
    let count = 1000
    var parameters = Parameters()
    parameters["a"] = Tensor(shape: [count], elements: randomFloats(count: count, seed: 1))
    parameters["untouched"] = Tensor(shape: [3], elements: randomFloats(count: 3, seed: 2))
    let untouched = parameters["untouched"]
    var trained = TrainedParameters(parameters, by: settings)
    var twin = Twin(
      settings, try #require(parameters["a"]).elements.map { Double($0) })
    for step in 1...Self.steps {
      // Gradients over six orders of magnitude: Adam's step does not depend on their size.
      let gradient = randomFloats(count: count, seed: UInt64(100 + step)).enumerated().map { index, value in
        value * Float(pow(10, Double(index % 7) - 4))
      }
      trained.update(gradients: ["a": Tensor(shape: [count], elements: gradient)], threads: 2)
      twin.update(gradient.map { Double($0) }, step: step)
    }
    #expect(trained.step == Self.steps)
    #expect(trained.values["untouched"] == untouched)
    let rounding = Double(Float.ulpOfOne)
    let tolerance = Double(Self.steps) * rounding * (4 + 10 * Double(settings.rate))
    let got = try #require(trained.values["a"]).elements
    #expect(worstError(got, twin.parameter, scale: 1) <= tolerance)
    let state = trained.state
    #expect(state.paths == ["a", "moments.mean.a", "moments.square.a", "untouched"])
    #expect(relativeError(try #require(state["moments.mean.a"]).elements, twin.m) <= 8 * rounding)
    #expect(relativeError(try #require(state["moments.square.a"]).elements, twin.v) <= 8 * rounding)
  }

  // Parameters restored from a state and its step go on bit by bit as those that it came from.
  @Test func restoredOptimizerContinues() {
    func gradient(_ step: Int) -> [String: Tensor] {
      ["a": Tensor(shape: [50], elements: randomFloats(count: 50, seed: UInt64(step)))]
    }
    var start = Parameters()
    start["a"] = Tensor(shape: [50], elements: randomFloats(count: 50, seed: 99))
    var trained = TrainedParameters(start, by: Adam(rate: 1e-2))
    for step in 0..<5 { trained.update(gradients: gradient(step), threads: 1) }
    var restored = TrainedParameters(start, by: trained.optimizer)
    restored.restore(trained.state, step: trained.step)
    for step in 5..<10 {
      trained.update(gradients: gradient(step), threads: 1)
      restored.update(gradients: gradient(step), threads: 1)
    }
    #expect(restored.state == trained.state && restored.step == 10)
  }

  // The paths of the first release's checkpoints: the parameters, and their moments under the prefix of their network,
  // beside those of other networks.
  @Test func checkpointsKeepTheirPaths() {
    func training(_ prefix: String) -> TrainedParameters {
      var values = Parameters()
      values[prefix + "weight"] = Tensor(shape: [4], elements: randomFloats(count: 4, seed: 5))
      return TrainedParameters(values, prefix: prefix, by: Adam(rate: 1e-2))
    }
    var (generator, encoder) = (training("generator."), training("encoder."))
    generator.update(gradients: ["generator.weight": Tensor(shape: [4], repeating: 2)], threads: 1)
    encoder.update(gradients: ["encoder.weight": Tensor(shape: [4], repeating: -3)], threads: 1)
    #expect(
      generator.state.paths == [
        "generator.weight", "moments.generator.mean.generator.weight",
        "moments.generator.square.generator.weight",
      ])
    var both = generator.state
    both.merge(encoder.state)
    var restored = training("generator.")
    restored.restore(both, step: 1)
    #expect(restored.state == generator.state)
  }
}

private struct Twin {
  private let settings: Adam
  private(set) var parameter: [Double]
  private(set) var m: [Double]
  private(set) var v: [Double]

  init(_ settings: Adam, _ parameter: [Double]) {
    (self.settings, self.parameter) = (settings, parameter)
    m = [Double](repeating: 0, count: parameter.count)
    v = m
  }

  mutating func update(_ gradient: [Double], step: Int) {
    let (beta1, beta2) = (Double(settings.beta1), Double(settings.beta2))
    for (index, g) in gradient.enumerated() {
      m[index] = beta1 * m[index] + (1 - beta1) * g
      v[index] = beta2 * v[index] + (1 - beta2) * g * g
      let mean = m[index] / (1 - pow(beta1, Double(step)))
      let root = (v[index] / (1 - pow(beta2, Double(step)))).squareRoot()
      parameter[index] -= Double(settings.rate) * mean / (root + Double(settings.epsilon))
    }
  }
}
