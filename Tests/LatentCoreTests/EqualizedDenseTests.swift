import LatentCore
import TestSupport
import Testing

/// The layer against its formula in double precision.
struct EqualizedDenseTests {
  // With s = λ/√n, g = √2 and f the leaky rectifier: y = g·f(s·x·W + λ·b); dp = dy·g·f′, dW = s·xᵀ·dp, db = λ·Σ dp,
  // dx = s·dp·Wᵀ. W has the size 1/λ, so that all these are of the size of their terms' roots.
  @Test(arguments: [(Float(1), false), (0.01, true), (0.01, false), (1, true)])
  func followsTheFormula(_ multiplier: Float, _ isActivated: Bool) throws {
    let (n, m, rows) = (37, 21, 10)
    let layer = EqualizedDense(
      path: "a", inputs: n, outputs: m, rateMultiplier: multiplier, isActivated: isActivated)
    #expect(layer.parameters.map(\.path) == ["a.weight", "a.bias"])
    let x = Tensor(shape: [2, 5, n], elements: randomFloats(count: rows * n, seed: 1))
    let dy = Tensor(shape: [2, 5, m], elements: randomFloats(count: rows * m, seed: 2))
    var parameters = Parameters()
    parameters["a.weight"] = Tensor(
      shape: [n, m], elements: randomFloats(count: n * m, seed: 3).map { $0 / multiplier })
    parameters["a.bias"] = Tensor(
      shape: [m], elements: randomFloats(count: m, seed: 4).map { $0 / multiplier })

    let tape = Tape(threads: 2)
    let y = layer(
      tape.watch(x, path: "x"), Binding(parameters, on: tape, isTrained: true, phase: .training))
    #expect(y.shape == [2, 5, m])
    let gradients = tape.gradients(of: y, cotangent: dy)

    let twin = try Twin(
      x.elements, try #require(parameters["a.weight"]).elements, try #require(parameters["a.bias"]).elements,
      dy.elements, Double(multiplier), isActivated)
    let tolerance = roundingTolerance(terms: n)
    func check(_ got: Tensor?, _ expected: [Double]) throws {
      #expect(
        worstError(try #require(got).elements, expected, scale: largestMagnitude(expected)) <= tolerance)
    }
    try check(y.value, twin.y)
    try check(gradients["x"], twin.dx)
    try check(gradients["a.weight"], twin.dw)
    try check(gradients["a.bias"], twin.db)
  }

  // λ·b begins as asked for, and λ·W of unit variance.
  @Test func initialValuesAreDividedByTheMultiplier() throws {
    let layer = EqualizedDense(path: "a", inputs: 100, outputs: 100, rateMultiplier: 0.01, initialBias: 1)
    let parameters = Parameters(layer.parameters, seed: 5)
    #expect(try #require(parameters["a.bias"]).elements.allSatisfy { abs($0 - 100) <= 1e-4 })
    // The variance of 10⁴ normal numbers has a deviation of √2·1e-2.
    let variance = try #require(parameters["a.weight"]).elements.reduce(0.0) {
      $0 + Double($1) * Double($1) / 1e8
    }
    #expect(abs(variance - 1) <= 0.06)
  }
}

private struct Twin {
  private(set) var y: [Double] = []
  private(set) var dx: [Double]
  private(set) var dw: [Double]
  private(set) var db: [Double]

  init(
    _ x: [Float], _ w: [Float], _ b: [Float], _ dy: [Float], _ multiplier: Double, _ isActivated: Bool
  ) throws {
    let (m, n) = (b.count, w.count / b.count)
    dx = [Double](repeating: 0, count: x.count)
    dw = [Double](repeating: 0, count: w.count)
    db = [Double](repeating: 0, count: m)
    let (s, gain) = (multiplier / Double(n).squareRoot(), isActivated ? 2.0.squareRoot() : 1)
    for row in 0..<x.count / n {
      for o in 0..<m {
        let sum = (0..<n).reduce(0.0) { $0 + Double(x[row * n + $1]) * Double(w[$1 * m + o]) }
        let p = s * sum + multiplier * Double(b[o])
        let derivative = gain * (isActivated && p < 0 ? 0.2 : 1)
        y.append(p * derivative)
        let dp = Double(dy[row * m + o]) * derivative
        db[o] += multiplier * dp
        for i in 0..<n {
          dw[i * m + o] += s * Double(x[row * n + i]) * dp
          dx[row * n + i] += s * dp * Double(w[i * m + o])
        }
      }
    }
  }
}
