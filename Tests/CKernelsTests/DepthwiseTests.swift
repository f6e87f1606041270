import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct DepthwiseTests {
  // Kernels, strides and paddings that awkwardly meet, channels that fill vectors and that do not; and the layers of a
  // face network.
  static let shapes: [ck_convolution] = {
    var shapes: [ck_convolution] = []
    let channels = [1, 3, 16, 19, 35, 64]
    for kernel in [1, 2, 3, 5, 7] {
      for stride in 1...3 {
        for padding in [(0, 0, 0, 0), (1, 1, 1, 1), (1, 2, 2, 1), (0, 3, 1, 0), (4, 1, 0, 6)] {
          let (n, other) = (shapes.count, shapes.count % 2 == 0 ? kernel : kernel % 5 + 1)
          shapes.append(
            depthwise(
              batch: 1 + n % 3, in: (7 + n % 4, 7 + n % 5), channels: channels[n % channels.count],
              kernel: (kernel, other), stride: (stride, other == kernel ? stride : stride % 3 + 1),
              padding: padding))
        }
      }
    }
    let random = randomShapes(40) { stream in
      let shape = stream.convolution(channelsUpTo: 70)
      return depthwise(
        batch: shape.batch, in: (shape.in_height, shape.in_width), channels: shape.in_channels,
        kernel: (shape.kernel_height, shape.kernel_width), stride: (shape.stride_height, shape.stride_width),
        padding: shape.padding)
    }
    return shapes + random + [
      depthwise(batch: 2, in: (28, 28), channels: 128, kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
      depthwise(batch: 1, in: (28, 28), channels: 64, kernel: (3, 3), stride: (2, 2), padding: (1, 1, 1, 1)),
      depthwise(batch: 3, in: (7, 7), channels: 512, kernel: (7, 7), stride: (1, 1), padding: (0, 0, 0, 0)),
    ]
  }()

  private static func depthwise(
    batch: Int, in size: (Int, Int), channels: Int, kernel: (Int, Int), stride: (Int, Int),
    padding: (Int, Int, Int, Int)
  ) -> ck_convolution {
    ck_convolution(
      batch: batch, in: size, channels: (channels, channels), kernel: kernel, stride: stride, padding: padding
    )
  }

  // Each result is a sum of at most `terms` products of normal numbers.
  @Test(arguments: shapes) func matchesReference(_ shape: ck_convolution) {
    let (x, w, dy) = (
      randomFloats(count: shape.inputs, seed: 1), randomFloats(count: shape.taps, seed: 2),
      randomFloats(count: shape.outputs, seed: 3)
    )
    let expected = reference(shape, x: doubles(x), w: doubles(w), dy: doubles(dy))
    let one = fast(shape, x: x, w: w, dy: dy, threads: 1)
    let window = shape.kernel_height * shape.kernel_width
    let pixels = shape.batch * shape.out_height * shape.out_width
    for (got, expected, terms) in [
      (one.y, expected.y, window), (one.dx, expected.dx, window), (one.dw, expected.dw, pixels),
    ] {
      let error = worstError(got, expected, scale: Double(terms).squareRoot())
      #expect(error <= roundingTolerance(terms: terms))
      #expect(!got.isEmpty)
    }
    for threads: Int32 in [2, 3] {
      let several = fast(shape, x: x, w: w, dy: dy, threads: threads)
      #expect(bitPatterns(several.y) == bitPatterns(one.y))
      #expect(bitPatterns(several.dx) == bitPatterns(one.dx))
      #expect(bitPatterns(several.dw) == bitPatterns(one.dw))
    }
  }

  // With bias and activation the result is f(sum + bias); f changes no difference by more than its factor, of at
  // most 1.
  @Test(arguments: [CK_RELU, CK_LEAKY_RELU, CK_TANH, CK_RELU6]) func endsWithAnActivation(
    _ kind: ck_activation
  ) {
    for shape in Self.shapes.suffix(8) {
      var shape = shape
      let (x, w) = (randomFloats(count: shape.inputs, seed: 4), randomFloats(count: shape.taps, seed: 5))
      let bias = randomFloats(count: shape.in_channels, seed: 6)
      var sums = [Double](repeating: .nan, count: shape.outputs)
      var expected = sums
      ck_reference_depthwise_forward(&shape, doubles(x), doubles(w), &sums)
      ck_reference_bias_activation_forward(
        kind, Double(slope), sums.count / bias.count, bias.count, sums, doubles(bias), &expected)
      var y = [Float](repeating: .nan, count: shape.outputs)
      ck_depthwise_forward(&shape, x, w, bias, kind, slope, &y, 2)
      let terms = shape.kernel_height * shape.kernel_width + 1
      let error = worstError(y, expected, scale: Double(terms).squareRoot())
      #expect(error <= roundingTolerance(terms: terms))
    }
  }

  // ⟨A·x, dy⟩ = ⟨x, Aᵀ·dy⟩ = ⟨w, dw⟩, to the rounding of a double sum: 1e-12 of √(number of products).
  @Test(arguments: shapes) func referenceIsAdjoint(_ shape: ck_convolution) {
    let (x, w, dy) = (
      randomDoubles(count: shape.inputs, seed: 7), randomDoubles(count: shape.taps, seed: 8),
      randomDoubles(count: shape.outputs, seed: 9)
    )
    let triad = reference(shape, x: x, w: w, dy: dy)
    let value = innerProduct(triad.y, dy)
    let scale = Double(dy.count * shape.kernel_height * shape.kernel_width).squareRoot()
    #expect(abs(value - innerProduct(x, triad.dx)) <= 1e-12 * scale)
    #expect(abs(value - innerProduct(w, triad.dw)) <= 1e-12 * scale)
  }

  // The twin is the convolution whose filter is zero between different channels.
  @Test func referenceIsADiagonalConvolution() {
    for shape in Self.shapes.prefix(20) {
      var shape = shape
      let channels = shape.in_channels
      let (x, w) = (randomDoubles(count: shape.inputs, seed: 10), randomDoubles(count: shape.taps, seed: 11))
      var full = [Double](repeating: 0, count: w.count * channels)
      for (index, weight) in w.enumerated() { full[index * channels + index % channels] = weight }
      var (y, expected) = (
        [Double](repeating: .nan, count: shape.outputs), [Double](repeating: .nan, count: shape.outputs)
      )
      ck_reference_depthwise_forward(&shape, x, w, &y)
      ck_reference_convolution_forward(&shape, x, full, &expected)
      #expect(worstError(y, expected, scale: 1) <= 1e-12)
    }
  }
}

private let slope: Float = 0.2

private typealias Triad<Scalar> = (y: [Scalar], dx: [Scalar], dw: [Scalar])

private func reference(_ shape: ck_convolution, x: [Double], w: [Double], dy: [Double]) -> Triad<Double> {
  var shape = shape
  func empty(_ count: Int) -> [Double] { [Double](repeating: .nan, count: count) }
  var result = (y: empty(dy.count), dx: empty(x.count), dw: empty(w.count))
  ck_reference_depthwise_forward(&shape, x, w, &result.y)
  ck_reference_depthwise_backward_input(&shape, dy, w, &result.dx)
  ck_reference_depthwise_backward_filter(&shape, x, dy, &result.dw)
  return result
}

private func fast(
  _ shape: ck_convolution, x: [Float], w: [Float], dy: [Float], threads: Int32
) -> Triad<Float> {
  var shape = shape
  func empty(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }
  var result = (y: empty(dy.count), dx: empty(x.count), dw: empty(w.count))
  ck_depthwise_forward(&shape, x, w, nil, CK_IDENTITY, 0, &result.y, threads)
  ck_depthwise_backward_input(&shape, dy, w, &result.dx, threads)
  ck_depthwise_backward_filter(&shape, x, dy, &result.dw, threads)
  return result
}

extension ck_convolution {
  fileprivate var inputs: Int { batch * in_height * in_width * in_channels }
  fileprivate var outputs: Int { batch * out_height * out_width * in_channels }
  fileprivate var taps: Int { kernel_height * kernel_width * in_channels }
}
