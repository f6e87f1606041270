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
    Adam.Settings(rate: 1e-2), Adam.Settings(rate: 2e-4, beta1: 0.5),
    Adam.Settings(rate: 4e-4, beta1: 0, beta2: 0.99), Adam.Settings(rate: 1e-2, epsilon: 0.1),
  ])
  func followsTheFormula(settings: Adam.Settings) throws {
    let count = 1000
    var parameters = Parameters()
    parameters["a"] = Tensor(shape: [count], elements: randomFloats(count: count, seed: 1))
    parameters["untouched"] = Tensor(shape: [3], elements: randomFloats(count: 3, seed: 2))
    let untouched = parameters["untouched"]
    var adam = Adam(settings)
    var twin = Twin(
      settings, try #require(parameters["a"]).elements.map { Double($0) })
    for step in 1...Self.steps {
      // Gradients over six orders of magnitude: Adam's step does not depend on their size.
      let gradient = randomFloats(count: count, seed: UInt64(100 + step)).enumerated().map { index, value in
        value * Float(pow(10, Double(index % 7) - 4))
      }
      adam.update(&parameters, gradients: ["a": Tensor(shape: [count], elements: gradient)], threads: 2)
      twin.update(gradient.map { Double($0) }, step: step)
    }
    #expect(adam.step == Self.steps)
    #expect(parameters["untouched"] == untouched)
    let rounding = Double(Float.ulpOfOne)
    let tolerance = Double(Self.steps) * rounding * (4 + 10 * Double(settings.rate))
    let got = try #require(parameters["a"]).elements
    #expect(worstError(got, twin.parameter, scale: 1) <= tolerance)
    let moments = adam.moments
    #expect(moments.paths == ["mean.a", "square.a"])
    #expect(relativeError(try #require(moments["mean.a"]).elements, twin.m) <= 8 * rounding)
    #expect(relativeError(try #require(moments["square.a"]).elements, twin.v) <= 8 * rounding)
  }

  // An optimizer restored from its moments and step goes on bit by bit as the one they came from.
  @Test func restoredOptimizerContinues() {
    func gradient(_ step: Int) -> [String: Tensor] {
      ["a": Tensor(shape: [50], elements: randomFloats(count: 50, seed: UInt64(step)))]
    }
    var (parameters, adam) = (Parameters(), Adam(Adam.Settings(rate: 1e-2)))
    parameters["a"] = Tensor(shape: [50], elements: randomFloats(count: 50, seed: 99))
    for step in 0..<5 { adam.update(&parameters, gradients: gradient(step), threads: 1) }
    var (others, restored) = (parameters, Adam(adam.settings))
    restored.restore(step: adam.step, moments: adam.moments)
    for step in 5..<10 {
      adam.update(&parameters, gradients: gradient(step), threads: 1)
      restored.update(&others, gradients: gradient(step), threads: 1)
    }
    #expect(others == parameters)
    #expect(restored.moments == adam.moments)
  }
}

private struct Twin {
  private let settings: Adam.Settings
  private(set) var parameter: [Double]
  private(set) var m: [Double]
  private(set) var v: [Double]

  init(_ settings: Adam.Settings, _ parameter: [Double]) {
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
