import Foundation
import LatentCore
import TestSupport
import Testing

/// What a painter's operations compute, and their pullbacks, beside their formulas in double precision.
struct PaintingOperationTests {
  private static let (batch, height, width, channels) = (2, 3, 4, 5)
  private static let places = batch * height * width

  private static func random(_ shape: [Int], seed: UInt64, around: Float = 0) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed).map { $0 + around })
  }

  /// Every value, and with a random cotangent every element of every gradient by central differences.
  ///
  /// The formulas are smooth with derivatives of order 1, so a step of 1e-5 leaves errors of 1e-10.
  private static func check(
    _ inputs: [Tensor], _ operation: ([Variable]) -> Variable, _ formula: ([[Double]]) -> [Double]
  ) throws {
    let tape = Tape(threads: 2)
    let y = operation(inputs.enumerated().map { tape.watch($1, path: "\($0)") })
    let point = inputs.map { $0.elements.map(Double.init) }
    let tolerance = roundingTolerance(terms: 40)
    #expect(y.value.count == formula(point).count)
    #expect(worstError(y.value.elements, formula(point), scale: 4) <= tolerance)
    let cotangent = random(y.shape, seed: 77)
    let weights = cotangent.elements.map(Double.init)
    let gradients = tape.gradients(of: y, cotangent: cotangent)
    for (index, input) in inputs.enumerated() {
      let gradient = try #require(gradients["\(index)"])
      #expect(gradient.shape == input.shape)
      let expected = point[index].indices.map { element -> Double in
        let sides = [1e-5, -1e-5].map { step -> Double in
          var moved = point
          moved[index][element] += step
          return zip(formula(moved), weights).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return (sides[0] - sides[1]) / 2e-5
      }
      #expect(worstError(gradient.elements, expected, scale: 8) <= tolerance + 1e-8, "input \(index)")
    }
  }

  // y[b, …, c] = x[b, …, c] + o[b, c].
  @Test func offsetsAreAddedByImageAndChannel() throws {
    let (c, size) = (Self.channels, Self.height * Self.width * Self.channels)
    try Self.check(
      [
        Self.random([Self.batch, Self.height, Self.width, c], seed: 1),
        Self.random([Self.batch, c], seed: 2),
      ],
      { $0[0].offsetChannels(byEach: $0[1]) },
      { input in input[0].enumerated().map { $1 + input[1][$0 / size * c + $0 % c] } })
  }

  // m = 1 − Π (1 − ρ·σ(x)): of two open masks, one, and none.
  @Test func masksAreUnited() throws {
    let strengths = Tensor(shape: [3, 4], elements: [0.5, 0, 1, 0, 0, 0.25, 0, 0, 0, 0, 0, 0])
    let places = Self.height * Self.width
    func union(_ x: [Double], _ strengths: [Double]) -> [Double] {
      (0..<3 * places).map { place in
        1
          - (0..<4).reduce(1.0) { product, mask in
            product * (1 - strengths[place / places * 4 + mask] / (1 + exp(-x[4 * place + mask])))
          }
      }
    }
    let x = Self.random([3, Self.height, Self.width, 4], seed: 3)
    try Self.check([x, strengths], { $0[0].maskUnion(strengths: $0[1]) }, { union($0[0], $0[1]) })
    let tape = Tape(threads: 1)
    let closed = tape.constant(x).maskUnion(strengths: tape.constant(strengths)).value.elements.suffix(places)
    #expect(closed.allSatisfy { $0 == 0 })
  }

  // 3t² − 2t³ with t = (|x| − a)/(b − a): below, between and above, of both signs.
  @Test func magnitudesRiseSmoothly() throws {
    let x = Tensor(shape: [2, 4], elements: [0, 0.05, -0.3, 0.5, -0.62, 0.9, -1.5, 2])
    try Self.check([x], { $0[0].smoothstepOfMagnitude(0.1...1.1) }) { input in
      input[0].map { x in
        let t = min(max(abs(x) - 0.1, 0), 1)
        return 3 * t * t - 2 * t * t * t
      }
    }
  }

  // e = a₃·base + (1 − a₃)·(2a − 1).
  @Test func colorsAreMixed() throws {
    let shape = [Self.batch, Self.height, Self.width]
    try Self.check(
      [Self.random(shape + [5], seed: 4), Self.random(shape + [3], seed: 5)],
      { $0[0].mixedColors(over: $0[1]) },
      { input in
        (0..<3 * Self.places).map { i in
          let (place, c) = (i / 3, i % 3)
          let share = input[0][5 * place + 3]
          return share * input[1][i] + (1 - share) * (2 * input[0][5 * place + c] - 1)
        }
      })
  }

  // m·a₄.
  @Test func masksAreTrimmed() throws {
    let shape = [Self.batch, Self.height, Self.width]
    try Self.check(
      [Self.random(shape + [1], seed: 6), Self.random(shape + [5], seed: 7)], { $0[0].trimmed(by: $0[1]) },
      { input in (0..<Self.places).map { input[0][$0] * input[1][5 * $0 + 4] } })
  }

  // y = x + m·(e − x).
  @Test func colorsAreLaidThroughMasks() throws {
    let shape = [Self.batch, Self.height, Self.width]
    let images = Self.random(shape + [3], seed: 8)
    let x = images.elements.map(Double.init)
    try Self.check(
      [Self.random(shape + [3], seed: 9), Self.random(shape + [1], seed: 10)],
      { $0[0].laid(over: images, through: $0[1]) },
      { input in x.indices.map { x[$0] + input[1][$0 / 3] * (input[0][$0] - x[$0]) } })
  }

  // mean w·(log(1 + eˣ) − t·x).
  @Test func crossEntropiesAreWeighted() throws {
    let targets = Self.random([4, 6], seed: 11, around: 0.5),
      weights = Self.random([4, 6], seed: 12, around: 2)
    try Self.check(
      [Self.random([4, 6], seed: 13)], { $0[0].binaryCrossEntropy(targets: targets, weights: weights) },
      { input in
        let terms = input[0].enumerated().map { i, x in
          Double(weights.elements[i]) * (log1p(exp(x)) - Double(targets.elements[i]) * x)
        }
        return [terms.reduce(0, +) / 24]
      })
  }
}
