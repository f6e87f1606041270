import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct NormalizationTests {
  // mean = Σx/rows, variance = Σ(x − mean)²/rows, y = f(γ·(x − mean)/σ + β). y inherits the rounding of x and of the
  // mean, magnified by γ/σ; no f is steeper than 1.
  @Test(arguments: ActivationTests.kinds) func trainingForwardMatchesReference(_ kind: ck_activation) {
    for (rows, channels) in awkwardSizes {
      let data = Inputs(rows: rows, channels: channels)
      let (count, x) = (rows * channels, doubles(data.x))
      var y = [Double](repeating: .nan, count: count)
      var (mean, variance) = (
        [Double](repeating: .nan, count: channels), [Double](repeating: .nan, count: channels)
      )
      ck_reference_batch_norm_training_forward(
        rows, channels, Double(epsilon), x, doubles(data.gamma), doubles(data.beta), &y, &mean, &variance)
      y = activated(y, kind, rows, channels)
      let results = [Int32(1), 2, 3].map { threads in
        var result = Forward(
          y: .init(repeating: .nan, count: count), mean: .init(repeating: .nan, count: channels),
          variance: .init(repeating: .nan, count: channels))
        var moments = [Double](repeating: .nan, count: 2 * channels)
        ck_batch_norm_moments(rows, channels, data.x, &moments, threads)
        ck_batch_norm_statistics(rows, channels, moments, &result.mean, &result.variance)
        ck_batch_norm_forward(
          kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, result.mean, result.variance,
          &result.y, threads)
        return result
      }
      let first = results[0]
      #expect(worstError(first.mean, mean, scale: largest(mean)) <= rounding, "\(rows)×\(channels)")
      #expect(
        worstError(first.variance, variance, scale: max(largest(variance), 1)) <= rounding,
        "\(rows)×\(channels)")
      let scale = largest(x) * largestGain(data.gamma, variance) + 1
      #expect(worstError(first.y, y, scale: scale) <= 8 * rounding, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0.y) == bitPatterns(first.y) }, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0.mean) == bitPatterns(first.mean) }, "\(rows)×\(channels)")
      #expect(
        results.allSatisfy { bitPatterns($0.variance) == bitPatterns(first.variance) }, "\(rows)×\(channels)")
    }
  }

  // A mean of a thousand deviations: in double, Σx² has 10⁶ times the size of the variance, so ten digits are left,
  // and the result is rounded to float.
  @Test func varianceSurvivesALargeMean() {
    let (rows, channels) = (1000, 3)
    let x = randomFloats(count: rows * channels, seed: 11).map { 1000 + $0 }
    let (gamma, beta) = (randomFloats(count: channels, seed: 12), randomFloats(count: channels, seed: 13))
    var reference = (
      y: [Double](repeating: .nan, count: x.count), mean: [Double](repeating: .nan, count: channels),
      variance: [Double](repeating: .nan, count: channels)
    )
    ck_reference_batch_norm_training_forward(
      rows, channels, Double(epsilon), doubles(x), doubles(gamma), doubles(beta), &reference.y,
      &reference.mean,
      &reference.variance)
    var moments = [Double](repeating: .nan, count: 2 * channels)
    var (mean, variance) = (
      [Float](repeating: .nan, count: channels), [Float](repeating: .nan, count: channels)
    )
    ck_batch_norm_moments(rows, channels, x, &moments, 1)
    ck_batch_norm_statistics(rows, channels, moments, &mean, &variance)
    #expect(worstError(variance, reference.variance, scale: largest(reference.variance)) <= rounding)
  }

  // With g = dy ⊙ f′, training: dx = γ/σ·(g − mean(g) − x̂·mean(g ⊙ x̂)); inference: dx = g·γ/σ. dβ = Σg and
  // dγ = Σg·x̂, sums of `rows` terms. f′ inherits the rounding of x̂, which `spread` allows for.
  @Test(arguments: [true, false], ActivationTests.kinds)
  func backwardMatchesReference(training: Bool, kind: ck_activation) {
    let twin =
      training ? ck_reference_batch_norm_training_backward : ck_reference_batch_norm_inference_backward
    for (rows, channels) in awkwardSizes {
      let data = Inputs(rows: rows, channels: channels)
      let count = rows * channels
      var expected = (
        dx: [Double](repeating: .nan, count: count), dgamma: [Double](repeating: .nan, count: channels),
        dbeta: [Double](repeating: .nan, count: channels)
      )
      let (wideX, wideGamma, wideMean, wideVariance) = (
        doubles(data.x), doubles(data.gamma), doubles(data.mean), doubles(data.variance)
      )
      var (y, gradient) = (
        [Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count)
      )
      ck_reference_batch_norm_inference_forward(
        rows, channels, Double(epsilon), wideX, wideGamma, doubles(data.beta), wideMean, wideVariance, &y)
      ck_reference_bias_activation_backward(
        kind, Double(slope), rows, channels, activated(y, kind, rows, channels), doubles(data.dy), &gradient,
        nil)
      twin(
        rows, channels, Double(epsilon), wideX, wideGamma, wideMean, wideVariance, gradient, &expected.dx,
        &expected.dgamma, &expected.dbeta)
      let results = [Int32(1), 2, 3].map { threads in
        var result = Backward(rows: rows, channels: channels)
        var sums = [Double](repeating: .nan, count: 2 * channels)
        ck_batch_norm_gradient_sums(
          kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, data.mean, data.variance,
          data.dy, &sums, threads)
        ck_batch_norm_vector_gradients(
          channels, epsilon, data.variance, sums, &result.dgamma, &result.dbeta)
        ck_batch_norm_backward(
          kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, data.mean, data.variance,
          data.dy, training ? sums : nil, rows, &result.dx, threads)
        return result
      }
      let first = results[0]
      let gain = largestGain(data.gamma, doubles(data.variance))
      // x̂ is of the order of the largest |x − mean|/σ, which also bounds the rounding of each product.
      let spread = 1 + 2 * largest(doubles(data.x)) / sigma(doubles(data.variance).min() ?? 0)
      let root = Double(rows).squareRoot()
      let sums = roundingTolerance(terms: rows)
      #expect(
        worstError(first.dx, expected.dx, scale: gain * spread) <= roundingTolerance(terms: 1),
        "\(rows)×\(channels)")
      #expect(worstError(first.dgamma, expected.dgamma, scale: root * spread) <= sums, "\(rows)×\(channels)")
      #expect(worstError(first.dbeta, expected.dbeta, scale: root) <= sums, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(first.dx) }, "\(rows)×\(channels)")
      #expect(
        results.allSatisfy { bitPatterns($0.dgamma) == bitPatterns(first.dgamma) }, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0.dbeta) == bitPatterns(first.dbeta) }, "\(rows)×\(channels)")

      var sumsOfAll = [Double](repeating: .nan, count: 2 * channels)
      ck_batch_norm_gradient_sums(
        kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, data.mean, data.variance,
        data.dy, &sumsOfAll, 1)
      var inPlace = data.dy
      inPlace.withUnsafeMutableBufferPointer { dy in
        ck_batch_norm_backward(
          kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, data.mean, data.variance,
          dy.baseAddress, training ? sumsOfAll : nil, rows, dy.baseAddress, 2)
      }
      #expect(bitPatterns(inPlace) == bitPatterns(first.dx), "\(rows)×\(channels)")
    }
  }

  // y = f(γ·(x − mean)/σ + β) with the given statistics, in place too.
  @Test(arguments: ActivationTests.kinds) func inferenceForwardMatchesReference(_ kind: ck_activation) {
    for (rows, channels) in awkwardSizes {
      let data = Inputs(rows: rows, channels: channels)
      var expected = [Double](repeating: .nan, count: rows * channels)
      ck_reference_batch_norm_inference_forward(
        rows, channels, Double(epsilon), doubles(data.x), doubles(data.gamma), doubles(data.beta),
        doubles(data.mean), doubles(data.variance), &expected)
      expected = activated(expected, kind, rows, channels)
      let results = [Int32(1), 2, 3].map { threads in
        var y = [Float](repeating: .nan, count: rows * channels)
        ck_batch_norm_forward(
          kind, slope, rows, channels, epsilon, data.x, data.gamma, data.beta, data.mean, data.variance, &y,
          threads)
        return y
      }
      let scale = largest(doubles(data.x)) * largestGain(data.gamma, doubles(data.variance)) + 1
      #expect(worstError(results[0], expected, scale: scale) <= 8 * rounding, "\(rows)×\(channels)")
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) }, "\(rows)×\(channels)")
      var inPlace = data.x
      inPlace.withUnsafeMutableBufferPointer { values in
        ck_batch_norm_forward(
          kind, slope, rows, channels, epsilon, values.baseAddress, data.gamma, data.beta, data.mean,
          data.variance, values.baseAddress, 2)
      }
      #expect(bitPatterns(inPlace) == bitPatterns(results[0]), "\(rows)×\(channels)")
    }
  }

  // The twin's gradients are the derivatives of ⟨dy, y⟩, through the batch statistics in training.
  @Test(arguments: [true, false]) func referenceIsTheDerivative(training: Bool) {
    let (rows, channels) = (7, 3)
    let (x, dy) = (randomDoubles(count: 21, seed: 21), randomDoubles(count: 21, seed: 22))
    let (gamma, beta) = (randomDoubles(count: 3, seed: 23), randomDoubles(count: 3, seed: 24))
    var (mean, variance) = (randomDoubles(count: 3, seed: 25), [0.3, 1.1, 2.7])
    func value(_ x: [Double], _ gamma: [Double], _ beta: [Double]) -> Double {
      var y = [Double](repeating: .nan, count: x.count)
      if training {
        ck_reference_batch_norm_training_forward(rows, channels, 1e-3, x, gamma, beta, &y, &mean, &variance)
      } else {
        ck_reference_batch_norm_inference_forward(rows, channels, 1e-3, x, gamma, beta, mean, variance, &y)
      }
      return innerProduct(dy, y)
    }
    let numericX = centralDifferences(at: x) { value($0, gamma, beta) }
    let numericGamma = centralDifferences(at: gamma) { value(x, $0, beta) }
    let numericBeta = centralDifferences(at: beta) { value(x, gamma, $0) }
    _ = value(x, gamma, beta)  // leaves the statistics of x
    let twin =
      training ? ck_reference_batch_norm_training_backward : ck_reference_batch_norm_inference_backward
    var dx = [Double](repeating: .nan, count: x.count)
    var (dgamma, dbeta) = ([Double](repeating: .nan, count: 3), [Double](repeating: .nan, count: 3))
    twin(rows, channels, 1e-3, x, gamma, mean, variance, dy, &dx, &dgamma, &dbeta)
    #expect(worstError(dx, numericX, scale: largest(dx)) <= 1e-6)
    #expect(worstError(dgamma, numericGamma, scale: largest(dgamma)) <= 1e-6)
    #expect(worstError(dbeta, numericBeta, scale: largest(dbeta)) <= 1e-6)
  }
}

private let epsilon: Float = 1e-5
private let slope: Float = 0.2
private let rounding = Double(Float.ulpOfOne)

private func activated(_ x: [Double], _ kind: ck_activation, _ rows: Int, _ channels: Int) -> [Double] {
  var y = [Double](repeating: .nan, count: x.count)
  ck_reference_bias_activation_forward(kind, Double(slope), rows, channels, x, nil, &y)
  return y
}

private func sigma(_ variance: Double) -> Double { (variance + Double(epsilon)).squareRoot() }

private func largestGain(_ gamma: [Float], _ variance: [Double]) -> Double {
  largest(zip(gamma, variance).map { Double($0) / sigma($1) })
}

private struct Forward {
  var y: [Float]
  var mean: [Float]
  var variance: [Float]
}

private struct Backward {
  var dx: [Float]
  var dgamma: [Float]
  var dbeta: [Float]

  init(rows: Int, channels: Int) {
    dx = .init(repeating: .nan, count: rows * channels)
    dgamma = .init(repeating: .nan, count: channels)
    dbeta = .init(repeating: .nan, count: channels)
  }
}

/// Random inputs away from zero mean and unit variance, with statistics that are not those of x.
private struct Inputs {
  let x: [Float]
  let dy: [Float]
  let gamma: [Float]
  let beta: [Float]
  let mean: [Float]
  let variance: [Float]

  init(rows: Int, channels: Int) {
    x = randomFloats(count: rows * channels, seed: 1).map { 2 * $0 + 1.5 }
    dy = randomFloats(count: rows * channels, seed: 2)
    gamma = randomFloats(count: channels, seed: 3)
    beta = randomFloats(count: channels, seed: 4)
    mean = randomFloats(count: channels, seed: 5).map { 1.5 + 0.2 * $0 }
    variance = randomFloats(count: channels, seed: 6).map { 0.5 + $0 * $0 }
  }
}
