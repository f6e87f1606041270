import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct TransformerTests {
  // MARK: - Gaussian error linear units

  /// Normal numbers, and the tails where the forms and their derivatives vanish or are straight.
  private static let arguments: [Float] =
    randomFloats(count: 70_000, seed: 1).map { 2 * $0 } + [
      0, -0.0, 1e-30, -1e-30, 9, -9, 13, -13, 40, -40, 1e4,
    ]

  // The header of gelu.c promises 1e-7·max(|x|, 1); the derivatives have the same parts.
  @Test(arguments: [CK_GELU_EXACT, CK_GELU_LOGISTIC]) func geluMatchesReference(_ form: ck_gelu) {
    let x = Self.arguments
    let dy = randomFloats(count: x.count, seed: 2)
    var (value, gradient) = (
      [Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: x.count)
    )
    ck_reference_gelu_forward(form, x.count, doubles(x), &value)
    ck_reference_gelu_backward(form, x.count, doubles(x), doubles(dy), &gradient)
    let results = [Int32(1), 2, 3].map { threads in
      var (y, dx) = ([Float](repeating: .nan, count: x.count), [Float](repeating: .nan, count: x.count))
      ck_gelu_forward(form, x.count, x, &y, threads)
      ck_gelu_backward(form, x.count, x, dy, &dx, threads)
      return (y: y, dx: dx)
    }
    var worst = (value: 0.0, gradient: 0.0)
    for i in x.indices {
      let size = Double(max(abs(x[i]), 1))
      let errors = (abs(Double(results[0].y[i]) - value[i]), abs(Double(results[0].dx[i]) - gradient[i]))
      worst.value = errors.0.isFinite ? max(worst.value, errors.0 / size) : .infinity
      let cotangent = Double(max(abs(dy[i]), 1))
      worst.gradient = errors.1.isFinite ? max(worst.gradient, errors.1 / size / cotangent) : .infinity
    }
    #expect(worst.value <= 2e-7 && worst.gradient <= 4e-7, "\(worst)")
    #expect(results.allSatisfy { bitPatterns($0.y) == bitPatterns(results[0].y) })
    #expect(results.allSatisfy { bitPatterns($0.dx) == bitPatterns(results[0].dx) })
    var (inPlace, cotangent) = (x, dy)
    inPlace.withUnsafeMutableBufferPointer {
      ck_gelu_forward(form, $0.count, $0.baseAddress, $0.baseAddress, 2)
    }
    cotangent.withUnsafeMutableBufferPointer {
      ck_gelu_backward(form, $0.count, x, $0.baseAddress, $0.baseAddress, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(results[0].y))
    #expect(bitPatterns(cotangent) == bitPatterns(results[0].dx))
  }

  // The twin's dx is the derivative of ⟨dy, y⟩.
  @Test(arguments: [CK_GELU_EXACT, CK_GELU_LOGISTIC]) func geluTwinIsTheDerivative(_ form: ck_gelu) {
    let (x, dy) = (randomDoubles(count: 40, seed: 3), randomDoubles(count: 40, seed: 4))
    var dx = [Double](repeating: .nan, count: 40)
    ck_reference_gelu_backward(form, 40, x, dy, &dx)
    let numeric = centralDifferences(at: x) { x in
      var y = [Double](repeating: .nan, count: 40)
      ck_reference_gelu_forward(form, 40, x, &y)
      return innerProduct(dy, y)
    }
    #expect(worstError(dx, numeric, scale: largest(dx)) <= 1e-6)
  }

  // MARK: - Layer normalization

  // A row's x̂ is of size 1. Its mean and variance are sums of `channels` terms; where a row is shifted by 20, rounding
  // the differences from the mean costs 20 ε more. A row of few channels may have a small variance, which magnifies the
  // rounding by 1/√ε at most, with the ε = 0.01 chosen here.
  @Test(arguments: awkwardSizes) func layerNormMatchesReference(_ rows: Int, _ channels: Int) {
    let (epsilon, count) = (Float(0.01), rows * channels)
    let x = randomFloats(count: count, seed: 5).enumerated().map { $1 + Float($0 / channels % 3) * 10 }
    let (scale, offset) = (
      randomFloats(count: channels, seed: 6), randomFloats(count: channels, seed: 7)
    )
    let dy = randomFloats(count: count, seed: 8)
    var value = [Double](repeating: .nan, count: count)
    ck_reference_layer_norm_forward(
      rows, channels, Double(epsilon), doubles(x), doubles(scale), doubles(offset), &value)
    var gradient = value
    var (scales, offsets) = (
      [Double](repeating: .nan, count: channels), [Double](repeating: .nan, count: channels)
    )
    ck_reference_layer_norm_backward(
      rows, channels, Double(epsilon), doubles(x), doubles(scale), doubles(dy), &gradient, &scales, &offsets)
    struct Result {
      var y, dx, dscale, doffset: [Float]
    }
    let results = [Int32(1), 2, 3].map { threads in
      var result = Result(
        y: [Float](repeating: .nan, count: count), dx: [Float](repeating: .nan, count: count),
        dscale: [Float](repeating: .nan, count: channels), doffset: [Float](repeating: .nan, count: channels))
      ck_layer_norm_forward(rows, channels, epsilon, x, scale, offset, &result.y, threads)
      ck_layer_norm_backward(
        rows, channels, epsilon, x, scale, dy, &result.dx, &result.dscale, &result.doffset, threads)
      return result
    }
    let first = results[0]
    let rounding = 10 * (roundingTolerance(terms: 1) + 20 * 8 * Double(Float.ulpOfOne))
    #expect(worstError(first.y, value, scale: 1) <= rounding)
    #expect(worstError(first.dx, gradient, scale: 10) <= 4 * rounding)
    let size = Double(rows).squareRoot()
    #expect(worstError(first.dscale, scales, scale: size) <= 4 * rounding)
    #expect(worstError(first.doffset, offsets, scale: size) <= roundingTolerance(terms: rows))
    for other in results {
      #expect(bitPatterns(other.y) == bitPatterns(first.y) && bitPatterns(other.dx) == bitPatterns(first.dx))
      #expect(bitPatterns(other.dscale) == bitPatterns(first.dscale))
      #expect(bitPatterns(other.doffset) == bitPatterns(first.doffset))
    }
    var (inPlace, cotangent) = (x, dy)
    inPlace.withUnsafeMutableBufferPointer {
      ck_layer_norm_forward(rows, channels, epsilon, $0.baseAddress, scale, offset, $0.baseAddress, 2)
    }
    var (alone, beside) = (
      [Float](repeating: .nan, count: channels), [Float](repeating: .nan, count: channels)
    )
    ck_layer_norm_backward(rows, channels, epsilon, x, scale, dy, nil, &alone, &beside, 2)
    #expect(
      bitPatterns(alone) == bitPatterns(first.dscale) && bitPatterns(beside) == bitPatterns(first.doffset))
    cotangent.withUnsafeMutableBufferPointer {
      ck_layer_norm_backward(
        rows, channels, epsilon, x, scale, $0.baseAddress, $0.baseAddress, nil, nil, 2)
    }
    #expect(bitPatterns(inPlace) == bitPatterns(first.y) && bitPatterns(cotangent) == bitPatterns(first.dx))
  }

  // The twin's three gradients are the derivatives of ⟨dy, y⟩.
  @Test func layerNormTwinIsTheDerivative() {
    let (rows, channels, epsilon) = (4, 7, 0.1)
    let (x, dy) = (randomDoubles(count: 28, seed: 9), randomDoubles(count: 28, seed: 10))
    let (scale, offset) = (randomDoubles(count: 7, seed: 11), randomDoubles(count: 7, seed: 12))
    func loss(_ x: [Double], _ scale: [Double], _ offset: [Double]) -> Double {
      var y = [Double](repeating: .nan, count: 28)
      ck_reference_layer_norm_forward(rows, channels, epsilon, x, scale, offset, &y)
      return innerProduct(dy, y)
    }
    var (dx, dscale, doffset) = ([Double](repeating: .nan, count: 28), scale, offset)
    ck_reference_layer_norm_backward(rows, channels, epsilon, x, scale, dy, &dx, &dscale, &doffset)
    let numeric = [
      (dx, centralDifferences(at: x) { loss($0, scale, offset) }),
      (dscale, centralDifferences(at: scale) { loss(x, $0, offset) }),
      (doffset, centralDifferences(at: offset) { loss(x, scale, $0) }),
    ]
    for (twin, differences) in numeric {
      #expect(worstError(twin, differences, scale: largest(twin)) <= 1e-6)
    }
  }

  // MARK: - Attention

  static let attentionShapes: [ck_attention] =
    [
      ck_attention(batch: 2, tokens: 50, width: 128, heads: 2, is_causal: false),
      ck_attention(batch: 1, tokens: 77, width: 64, heads: 1, is_causal: true),
      // Heads that do not fill a vector lie one in another's.
      ck_attention(batch: 2, tokens: 9, width: 16, heads: 2, is_causal: true),
      ck_attention(batch: 1, tokens: 1, width: 6, heads: 3, is_causal: false),
      ck_attention(batch: 1, tokens: 197, width: 80, heads: 1, is_causal: false),
    ]
    + randomShapes(24) { stream in
      let (heads, depth) = (stream.size(upTo: 5), stream.size(upTo: 70, near: [16, 32, 64]))
      return ck_attention(
        batch: stream.size(upTo: 3), tokens: stream.size(upTo: 80, near: [14, 16, 32, 64]),
        width: heads * depth, heads: heads, is_causal: .random(using: &stream))
    }

  // Scores of normal queries and keys are of size 1, so weights are moderate; a result is a mean of values of size 1,
  // and its error that of the scores, sums of `depth` products, and of the sum over tokens.
  @Test(arguments: attentionShapes) func attentionMatchesReference(_ shape: ck_attention) {
    var shape = shape
    let (inputs, outputs) = (
      shape.batch * shape.tokens * shape.width * 3, shape.batch * shape.tokens * shape.width
    )
    let (qkv, dy) = (randomFloats(count: inputs, seed: 13), randomFloats(count: outputs, seed: 14))
    var (value, gradient) = (
      [Double](repeating: .nan, count: outputs), [Double](repeating: .nan, count: inputs)
    )
    ck_reference_attention_forward(&shape, doubles(qkv), &value)
    ck_reference_attention_backward(&shape, doubles(qkv), doubles(dy), &gradient)
    let results = [Int32(1), 2, 3].map { threads in
      var (y, dqkv) = ([Float](repeating: .nan, count: outputs), [Float](repeating: .nan, count: inputs))
      ck_attention_forward(&shape, qkv, &y, threads)
      ck_attention_backward(&shape, qkv, dy, &dqkv, threads)
      return (y: y, dqkv: dqkv)
    }
    let tolerance = 4 * roundingTolerance(terms: shape.tokens + shape.width / shape.heads)
    #expect(worstError(results[0].y, value, scale: 1) <= tolerance)
    #expect(worstError(results[0].dqkv, gradient, scale: max(largest(gradient), 1)) <= tolerance)
    #expect(results.allSatisfy { bitPatterns($0.y) == bitPatterns(results[0].y) })
    #expect(results.allSatisfy { bitPatterns($0.dqkv) == bitPatterns(results[0].dqkv) })
  }

  // Scores of some thousands would overflow an exponential that is not taken of differences: one weight is 1 then, and
  // each result is one of the values.
  @Test func largeScoresChooseOneValue() {
    var shape = ck_attention(batch: 1, tokens: 20, width: 8, heads: 1, is_causal: false)
    let qkv = randomFloats(count: 20 * 24, seed: 15).enumerated().map { $0 % 24 < 16 ? $1 * 1000 : $1 }
    var (y, dqkv) = ([Float](repeating: .nan, count: 160), [Float](repeating: .nan, count: 480))
    ck_attention_forward(&shape, qkv, &y, 1)
    ck_attention_backward(&shape, qkv, randomFloats(count: 160, seed: 16), &dqkv, 1)
    #expect(dqkv.allSatisfy { $0.isFinite })
    let values = (0..<20).map { token in Array(qkv[token * 24 + 16..<token * 24 + 24]) }
    for token in 0..<20 {
      let result = y[token * 8..<token * 8 + 8]
      #expect(values.contains { zip($0, result).allSatisfy { abs($0 - $1) <= 1e-6 } })
    }
  }

  // With the causal mask no result changes, in no bit, with what stands behind it, or with nothing there.
  @Test(arguments: [1, 5, 16, 17, 33, 40]) func causalResultsDependOnWhatIsBefore(_ tokens: Int) {
    let (all, width) = (41, 24)
    let qkv = randomFloats(count: all * 3 * width, seed: 17)
    func attended(_ tokens: Int, _ qkv: [Float]) -> [Float] {
      var shape = ck_attention(batch: 1, tokens: tokens, width: width, heads: 2, is_causal: true)
      var y = [Float](repeating: .nan, count: tokens * width)
      ck_attention_forward(&shape, qkv, &y, 1)
      return y
    }
    let before = attended(tokens, qkv)
    let others =
      Array(qkv[..<(tokens * 3 * width)])
      + randomFloats(count: (all - tokens) * 3 * width, seed: 18)
    for whole in [attended(all, qkv), attended(all, others)] {
      #expect(bitPatterns(Array(whole[..<before.count])) == bitPatterns(before))
    }
  }

  // The twin's dqkv is the derivative of ⟨dy, y⟩.
  @Test(arguments: [false, true]) func attentionTwinIsTheDerivative(_ isCausal: Bool) {
    var shape = ck_attention(batch: 2, tokens: 4, width: 6, heads: 2, is_causal: isCausal)
    let (qkv, dy) = (randomDoubles(count: 144, seed: 19), randomDoubles(count: 48, seed: 20))
    var dqkv = [Double](repeating: .nan, count: 144)
    ck_reference_attention_backward(&shape, qkv, dy, &dqkv)
    let numeric = centralDifferences(at: qkv) { qkv in
      var y = [Double](repeating: .nan, count: 48)
      ck_reference_attention_forward(&shape, qkv, &y)
      return innerProduct(dy, y)
    }
    #expect(worstError(dqkv, numeric, scale: largest(dqkv)) <= 1e-6)
  }

  // MARK: - Tokens

  // One addition an element forward; backward one rounding of a sum in double.
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (2, 50, 64), (4, 17, 33)], [false, true])
  func positionsMatchReference(_ sizes: (Int, Int, Int), _ hasToken: Bool) {
    let (batch, width) = (sizes.0, sizes.2)
    let tokens = sizes.1 + (hasToken ? 1 : 0)
    let x = randomFloats(count: batch * sizes.1 * width, seed: 21)
    let (token, positions) = (
      randomFloats(count: width, seed: 22), randomFloats(count: tokens * width, seed: 23)
    )
    let dy = randomFloats(count: batch * tokens * width, seed: 24)
    var (value, fast) = (
      [Double](repeating: .nan, count: dy.count), [Float](repeating: .nan, count: dy.count)
    )
    let doubleToken = doubles(token)
    ck_reference_positions_forward(
      batch, tokens, width, doubles(x), hasToken ? doubleToken : nil, doubles(positions), &value)
    ck_positions_forward(batch, tokens, width, x, hasToken ? token : nil, positions, &fast)
    #expect(worstError(fast, value, scale: 1) <= roundingTolerance(terms: 1))

    var (dx, dtoken, dpositions) = (doubles(x), doubles(token), doubles(positions))
    ck_reference_positions_backward(
      batch, tokens, width, hasToken, doubles(dy), &dx, &dtoken, &dpositions)
    var fastX = [Float](repeating: .nan, count: x.count)
    var (fastToken, fastPositions) = (
      [Float](repeating: .nan, count: width), [Float](repeating: .nan, count: positions.count)
    )
    ck_positions_backward(batch, tokens, width, hasToken, dy, &fastX, nil, nil)
    if hasToken { ck_positions_backward(batch, tokens, width, true, dy, nil, &fastToken, nil) }
    ck_positions_backward(batch, tokens, width, hasToken, dy, nil, nil, &fastPositions)
    #expect(fastX.map(Double.init) == dx)
    if hasToken { #expect(worstError(fastToken, dtoken, scale: 2) <= roundingTolerance(terms: 1)) }
    #expect(worstError(fastPositions, dpositions, scale: 2) <= roundingTolerance(terms: 1))
  }

  // Each row of the table gets the sum of what was taken of it, here of whole numbers and so exactly, besides what it had.
  @Test func rowsAreAdded() {
    let (count, width, rows) = (40, 19, 7)
    let indices = (0..<count).map { UInt32($0 * 5 % rows) }
    let dy = randomFloats(count: count * width, seed: 25).map { ($0 * 100).rounded() }
    let before = randomFloats(count: rows * width, seed: 26).map { ($0 * 100).rounded() }
    var table = before
    ck_add_rows(count, width, indices, dy, &table)
    for row in 0..<rows {
      for j in 0..<width {
        let sum = (0..<count).filter { Int(indices[$0]) == row }.reduce(0) { $0 + dy[$1 * width + j] }
        #expect(table[row * width + j] == before[row * width + j] + sum)
      }
    }
  }
}
