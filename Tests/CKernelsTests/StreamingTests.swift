import CKernels
import CKernelsReference
import TestSupport
import Testing

/// Results too large for the caches, which are stored past them where they begin on a whole cache line.
@Suite struct StreamingTests {
  // More than 16 MiB of result, in blocks and tiles that the picture's sides cut. Each element sums 64 products of the
  // twin's; Winograd's transforms round 16 times as much.
  @Test(arguments: [false, true]) func convolutionMatchesReference(winograd: Bool) {
    let (algorithm, roundings) = winograd ? (CK_WINOGRAD, 16.0) : (CK_PATCHES, 1)
    var shape = ck_convolution(
      batch: 1, in: (519, 513), channels: (16, 16), kernel: (2, 2), stride: (1, 1), padding: (1, 0, 0, 1))
    let count = shape.out_height * shape.out_width * 16
    let x = randomFloats(count: count, seed: 1)
    let (w, bias) = (randomFloats(count: 4 * 16 * 16, seed: 2), randomFloats(count: 16, seed: 3))
    var expected = [Double](repeating: .nan, count: count)
    ck_reference_convolution_forward(&shape, doubles(x), doubles(w), &expected)
    ck_reference_bias_activation_forward(CK_RELU, 0, count / 16, 16, expected, doubles(bias), &expected)
    var filter = [Float](
      repeating: .nan, count: ck_convolution_filter_count(&shape, CK_FORWARD, algorithm))
    ck_convolution_pack(&shape, CK_FORWARD, algorithm, w, &filter, 2)
    let y = aligned(count) { ck_convolution_forward(&shape, algorithm, x, filter, bias, CK_RELU, 0, $0, 2) }
    #expect(count * MemoryLayout<Float>.size > 16 << 20)
    #expect(worstError(y, expected, scale: 8) <= roundings * roundingTolerance(terms: 65))
  }

  // More than 4 million values of gradient, rows of an odd number of half vectors. The gradient's terms are of the size
  // of 2·θ·D/(d·batch). The last row of all is a gradient's or one of zeros: nothing is written behind either.
  @Test(arguments: [0, 1] as [UInt8]) func thetaLossMatchesReference(lastIsActive: UInt8) {
    let (batch, words, d) = (130, 164, 200)
    let w = randomFloats(count: batch * words * d, seed: 4)
    let difference = randomFloats(count: batch * d, seed: 5)
    var mask = randomFloats(count: batch * words, seed: 6).map { UInt8($0 > 0.5 ? 1 : 0) }
    mask.replaceSubrange((mask.count - 2)..., with: [1, lastIsActive])
    var expected = (
      theta: [Double](repeating: .nan, count: mask.count), loss: [Double](repeating: .nan, count: batch),
      dw: [Double](repeating: .nan, count: w.count)
    )
    ck_reference_theta_loss(
      batch, words, d, false, 1e-8, doubles(w), doubles(difference), mask, &expected.theta, &expected.loss,
      &expected.dw)
    var (theta, loss) = (
      [Float](repeating: .nan, count: mask.count), [Float](repeating: .nan, count: batch)
    )
    let dw = aligned(w.count) {
      ck_theta_loss(batch, words, d, false, 1e-8, w, difference, mask, &theta, &loss, $0, 2)
    }
    #expect(w.count > 4 << 20)
    #expect(worstError(dw, expected.dw, scale: largest(expected.dw)) <= roundingTolerance(terms: 1))
    #expect(relativeError(dw, expected.dw) <= 1e-5)
  }
}

/// What `body` writes to a block that begins on a whole cache line, as tensors do and arrays do not; it may write
/// nothing behind it.
private func aligned(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
  let guarded = 64
  guard let block = ck_buffer_allocate((count + guarded) * MemoryLayout<Float>.size) else { return [] }
  defer { ck_buffer_free(block) }
  let values = block.bindMemory(to: Float.self, capacity: count + guarded)
  values.update(repeating: .nan, count: count + guarded)
  body(values)
  let guards = count..<count + guarded
  #expect(guards.allSatisfy { values[$0].isNaN }, "Something was written behind the result.")
  return Array(UnsafeBufferPointer(start: values, count: count))
}
