import Foundation
import LatentCore
import TestSupport
import Testing

/// The optimizer against its formulas in double precision.
struct RangerTests {
  private static let steps = 20
  private static let shapes = ["vector": [301], "weight": [7, 43], "filter": [3, 3, 5, 6]]

  private static func gradient(_ path: String, _ step: Int) -> [Float] {
    let count = shapes[path, default: []].reduce(1, *)
    return randomFloats(count: count, seed: UInt64(100 * step + path.utf8.count))
  }

  // Centralized gradients, RAdam with and without the root, and slow weights every few steps. Each step rounds the
  // parameter, of size below 4, a few times; it moves by about the rate.
  @Test(arguments: [
    Ranger(rate: 1e-2), Ranger(rate: 0.1, beta1: 0.9, beta2: 0.99, period: 4, share: 0.8),
    Ranger(rate: 1e-2, epsilon: 0.1, threshold: 30, period: 1),
  ])
  func followsTheFormulas(_ settings: Ranger) throws {
    var parameters = Parameters()
    var twins: [String: Twin] = [:]
    for (path, shape) in Self.shapes {
      let start = randomFloats(count: shape.reduce(1, *), seed: UInt64(path.utf8.count))
      parameters[path] = Tensor(shape: shape, elements: start)
      twins[path] = Twin(settings, shape: shape, start.map { Double($0) })
    }
    var trained = TrainedParameters(parameters, by: settings)
    for step in 1...Self.steps {
      let gradients = Self.shapes.map { path, shape in
        (path, Tensor(shape: shape, elements: Self.gradient(path, step)))
      }
      trained.update(gradients: Dictionary(uniqueKeysWithValues: gradients), threads: 2)
      for path in Self.shapes.keys {
        twins[path]?.update(Self.gradient(path, step).map { Double($0) }, step: step)
      }
    }
    #expect(trained.step == Self.steps)
    let rounding = Double(Float.ulpOfOne)
    // A difference in m is magnified by the quotient's derivative, rate/√v, of the size of the rate.
    let tolerance = Double(Self.steps) * rounding * (4 + 20 * Double(settings.rate))
    for path in Self.shapes.keys {
      let twin = try #require(twins[path])
      #expect(
        worstError(try #require(trained.values[path]).elements, twin.parameter, scale: 1) <= tolerance,
        "\(path)")
      let state = trained.state
      #expect(relativeError(try #require(state["moments.mean.\(path)"]).elements, twin.m) <= 8 * rounding)
      #expect(relativeError(try #require(state["moments.square.\(path)"]).elements, twin.v) <= 8 * rounding)
      #expect(
        worstError(try #require(state["moments.slow.\(path)"]).elements, twin.slow, scale: 1) <= tolerance)
    }
  }

  // Parameters restored from a state and its step, between two of the slow weights' moves, go on bit by bit as those that
  // it came from.
  @Test func restoredOptimizerContinues() {
    func gradients(_ step: Int) -> [String: Tensor] {
      ["weight": Tensor(shape: [7, 43], elements: Self.gradient("weight", step))]
    }
    var start = Parameters()
    start["weight"] = Tensor(shape: [7, 43], elements: randomFloats(count: 301, seed: 99))
    var trained = TrainedParameters(start, by: Ranger(rate: 1e-2))
    for step in 0..<8 { trained.update(gradients: gradients(step), threads: 1) }
    var restored = TrainedParameters(start, by: trained.optimizer)
    restored.restore(trained.state, step: trained.step)
    for step in 8..<15 {
      trained.update(gradients: gradients(step), threads: 1)
      restored.update(gradients: gradients(step), threads: 1)
    }
    #expect(restored.state == trained.state && restored.step == 15)
  }
}

private struct Twin {
  private let settings: Ranger
  private let shape: [Int]
  private(set) var parameter: [Double]
  private(set) var m: [Double]
  private(set) var v: [Double]
  private(set) var slow: [Double]

  init(_ settings: Ranger, shape: [Int], _ parameter: [Double]) {
    (self.settings, self.shape, self.parameter, slow) = (settings, shape, parameter, parameter)
    m = [Double](repeating: 0, count: parameter.count)
    v = m
  }

  mutating func update(_ gradient: [Double], step: Int) {
    let (beta1, beta2, t) = (Double(settings.beta1), Double(settings.beta2), Double(step))
    let outputs = shape.count > 1 ? shape[shape.count - 1] : 0
    let most = 2 / (1 - beta2) - 1
    let samples = most - 2 * t * pow(beta2, t) / (1 - pow(beta2, t))
    var length = 1 / (1 - pow(beta1, t))
    if samples > Double(settings.threshold) {
      let variance = (samples - 4) / (most - 4) * (samples - 2) / samples * most / (most - 2)
      length *= ((1 - pow(beta2, t)) * variance).squareRoot()
    }
    for index in gradient.indices {
      var g = gradient[index]
      if outputs > 0 {
        let column = stride(from: index % outputs, to: gradient.count, by: outputs).map { gradient[$0] }
        g -= column.reduce(0, +) / Double(column.count)
      }
      m[index] = beta1 * m[index] + (1 - beta1) * g
      v[index] = beta2 * v[index] + (1 - beta2) * g * g
      let root = samples > Double(settings.threshold) ? v[index].squareRoot() + Double(settings.epsilon) : 1
      parameter[index] -= Double(settings.rate) * length * m[index] / root
      if step % settings.period == 0 {
        slow[index] += Double(settings.share) * (parameter[index] - slow[index])
        parameter[index] = slow[index]
      }
    }
  }
}
