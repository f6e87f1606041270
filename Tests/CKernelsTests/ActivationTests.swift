import CKernels
import CKernelsReference
import Foundation
import TestSupport
import Testing

@Suite struct ActivationTests {
  static let kinds = [CK_IDENTITY, CK_RELU, CK_LEAKY_RELU, CK_ELU, CK_TANH, CK_SIGMOID, CK_RELU6]

  // y = f(x + bias), element by element, to a few roundings of values of at most 10.
  @Test(arguments: kinds) func forwardMatchesReference(_ kind: ck_activation) {
    for (rows, channels) in awkwardSizes {
      let (x, bias) = (randomFloats(count: rows * channels, seed: 1), randomFloats(count: channels, seed: 2))
      for hasBias in [false, true] {
        var expected = [Double](repeating: .nan, count: x.count)
        ck_reference_bias_activation_forward(
          kind, Double(slope), rows, channels, doubles(x), hasBias ? doubles(bias) : nil, &expected)
        let results = [Int32(1), 2, 3].map { threads in
          var y = [Float](repeating: .nan, count: x.count)
          ck_bias_activation_forward(kind, slope, rows, channels, x, hasBias ? bias : nil, &y, threads)
          return y
        }
        #expect(
          worstError(results[0], expected, scale: 1) <= roundingTolerance(terms: 1), "\(rows)×\(channels)")
        #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) }, "\(rows)×\(channels)")
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer { values in
          ck_bias_activation_forward(
            kind, slope, rows, channels, values.baseAddress, hasBias ? bias : nil, values.baseAddress, 2)
        }
        #expect(bitPatterns(inPlace) == bitPatterns(results[0]), "\(rows)×\(channels)")
      }
    }
  }

  // dx = dy ⊙ f′, and dbias the sum of `rows` such terms.
  @Test(arguments: kinds) func backwardMatchesReference(_ kind: ck_activation) {
    for (rows, channels) in awkwardSizes {
      let (x, dy) = (
        randomFloats(count: rows * channels, seed: 3), randomFloats(count: rows * channels, seed: 4)
      )
      var y = [Float](repeating: .nan, count: x.count)
      ck_bias_activation_forward(kind, slope, rows, channels, x, nil, &y, 1)
      var (dx, dbias) = (
        [Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: channels)
      )
      ck_reference_bias_activation_backward(
        kind, Double(slope), rows, channels, doubles(y), doubles(dy), &dx, &dbias)

      let results = [Int32(1), 2, 3].map { threads in
        var (fast, bias) = (
          [Float](repeating: .nan, count: x.count), [Float](repeating: .nan, count: channels)
        )
        ck_bias_activation_backward(kind, slope, rows, channels, y, dy, &fast, &bias, threads)
        return (dx: fast, dbias: bias)
      }
      let first = results[0]
      #expect(worstError(first.dx, dx, scale: 1) <= roundingTolerance(terms: 1), "\(rows)×\(channels)")
      #expect(
        worstError(first.dbias, dbias, scale: Double(rows).squareRoot()) <= roundingTolerance(terms: rows))
      #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(first.dx) }, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0.dbias) == bitPatterns(first.dbias) }, "\(rows)×\(channels)")

      var onlyBias = [Float](repeating: .nan, count: channels)
      ck_bias_activation_backward(kind, slope, rows, channels, y, dy, nil, &onlyBias, 2)
      #expect(bitPatterns(onlyBias) == bitPatterns(first.dbias), "\(rows)×\(channels)")
      var inPlace = dy
      inPlace.withUnsafeMutableBufferPointer { values in
        ck_bias_activation_backward(
          kind, slope, rows, channels, y, values.baseAddress, values.baseAddress, nil, 2)
      }
      #expect(bitPatterns(inPlace) == bitPatterns(first.dx), "\(rows)×\(channels)")
    }
  }

  // The twin's dx and dbias are the derivatives of ⟨dy, f(x + bias)⟩. No random x + bias lies within a step of the
  // kink at 0.
  @Test(arguments: kinds) func referenceIsTheDerivative(_ kind: ck_activation) {
    let (rows, channels) = (7, 5)
    let (x, bias) = (randomDoubles(count: rows * channels, seed: 5), randomDoubles(count: channels, seed: 6))
    let dy = randomDoubles(count: rows * channels, seed: 7)
    func forward(_ x: [Double], _ bias: [Double]) -> [Double] {
      var y = [Double](repeating: .nan, count: x.count)
      ck_reference_bias_activation_forward(kind, Double(slope), rows, channels, x, bias, &y)
      return y
    }
    var (dx, dbias) = ([Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: channels))
    ck_reference_bias_activation_backward(
      kind, Double(slope), rows, channels, forward(x, bias), dy, &dx, &dbias)
    let numericX = centralDifferences(at: x) { innerProduct(dy, forward($0, bias)) }
    let numericBias = centralDifferences(at: bias) { innerProduct(dy, forward(x, $0)) }
    #expect(worstError(dx, numericX, scale: largest(dx)) <= 1e-6)
    #expect(worstError(dbias, numericBias, scale: largest(dbias)) <= 1e-6)
  }

  // The polynomials against libm in double, over every magnitude and both signs: a bit pattern in 1021, 4.2 million
  // values. The bound is in units of the last place of the exact result, subnormal numbers included.
  @Test(arguments: [(CK_ELU, 1.5), (CK_TANH, 1.5), (CK_SIGMOID, 2.5)])
  func isRightToTheLastPlaces(_ kind: ck_activation, bound: Double) {
    let x = stride(from: UInt32(0), through: .max, by: 1021).map { Float(bitPattern: $0) }
    var y = [Float](repeating: 7, count: x.count)
    ck_bias_activation_forward(kind, slope, x.count, 1, x, nil, &y, 2)
    var (worst, compared) = (0.0, 0)
    for (x, y) in zip(x, y) {
      guard !x.isNaN else {
        #expect(y.isNaN)
        continue
      }
      let exact =
        switch kind {
        case CK_ELU: x < 0 ? expm1(Double(x)) : Double(x)
        case CK_TANH: tanh(Double(x))
        default: x < 0 ? exp(Double(x)) / (1 + exp(Double(x))) : 1 / (1 + exp(-Double(x)))
        }
      let error = y == Float(exact) ? 0 : abs(Double(y) - exact) / Double(Float(exact).ulp)
      worst = error <= worst ? worst : error
      compared += 1
    }
    #expect(compared > 4_000_000)
    #expect(worst <= bound)
  }

  // Between 0 and 6 the value and its cotangent pass, elsewhere the nearer limit and 0: no rounding anywhere.
  @Test func rectifierIsCutAtSix() {
    let (x, dy) = (randomFloats(count: 5000, seed: 8).map { 5 * $0 }, randomFloats(count: 5000, seed: 9))
    var (y, dx) = ([Float](repeating: .nan, count: 5000), [Float](repeating: .nan, count: 5000))
    ck_bias_activation_forward(CK_RELU6, slope, 5000, 1, x, nil, &y, 1)
    ck_bias_activation_backward(CK_RELU6, slope, 5000, 1, y, dy, &dx, nil, 1)
    #expect(y == x.map { min(max($0, 0), 6) })
    #expect(dx == zip(x, dy).map { $0 > 0 && $0 < 6 ? $1 : 0 })
    #expect(x.count { $0 > 6 } > 100)
  }

  // Far out, each kind keeps to its limits, and NaN stays NaN.
  @Test(arguments: kinds) func extremes(_ kind: ck_activation) {
    let x: [Float] = [-1000, 1000, .nan]
    var y = [Float](repeating: 7, count: 3)
    ck_bias_activation_forward(kind, slope, 3, 1, x, nil, &y, 1)
    let limits: [Float]
    switch kind {
    case CK_RELU: limits = [0, 1000]
    case CK_LEAKY_RELU: limits = [-1000 * slope, 1000]
    case CK_ELU: limits = [-1, 1000]
    case CK_TANH: limits = [-1, 1]
    case CK_SIGMOID: limits = [0, 1]
    case CK_RELU6: limits = [0, 6]
    default: limits = [-1000, 1000]
    }
    #expect(Array(y[..<2]) == limits)
    #expect(y[2].isNaN)
  }
}

private let slope: Float = 0.2
