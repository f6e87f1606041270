import CKernels
import TestSupport
import Testing

/// The convolution triad: y = A(w)·x is linear in x and in w, backward_input is Aᵀ·dy, backward_filter is the
/// derivative of ⟨A(w)·x, dy⟩ by w.
@Suite struct ConvolutionTests {
  // Each element of y sums kh·kw·cin products, of dx at most kh·kw·cout, of dw one for each output pixel; each is
  // compared with the double-precision loops to the rounding of that many terms. Winograd's transforms have elements up
  // to 16, so its sums round more: to 16 times as much an element, and 1e-5 of the whole.
  @Test(arguments: cases) func fastMatchesReference(_ fast: Case) {
    var shape = fast.shape
    let (x, w, dy) = (shape.x(seed: 1), shape.w(seed: 2), shape.y(seed: 3))
    let got = fast.triad(x: x, w: w, dy: dy, threads: 2)
    let reference = referenceTriad(
      &shape, x: x.map { Double($0) }, w: w.map { Double($0) }, dy: dy.map { Double($0) })
    let taps = shape.kernel_height * shape.kernel_width
    let roundings = fast.algorithm == CK_WINOGRAD ? 16.0 : 1.0
    for (got, expected, terms) in [
      (got.y, reference.y, taps * shape.in_channels),
      (got.dx, reference.dx, taps * shape.out_channels),
      (got.dw, reference.dw, shape.batch * shape.out_height * shape.out_width),
    ] {
      #expect(!expected.isEmpty)
      // A pass that the algorithm cannot compute is left out.
      guard let got else { continue }
      let scale = Double(terms).squareRoot()
      #expect(
        worstError(got, expected, scale: scale) <= roundings * roundingTolerance(terms: terms), "\(fast)")
      #expect(relativeError(got, expected) <= 1e-5, "\(fast)")
    }
  }

  // The epilogue is f(sum + bias) of the plain result, to the rounding of one addition more.
  @Test(arguments: cases) func biasAndActivationFollow(_ fast: Case) {
    let shape = fast.shape
    let (x, w, dy) = (shape.x(seed: 13), shape.w(seed: 14), shape.y(seed: 15))
    let plain = fast.triad(x: x, w: w, dy: dy, threads: 1)
    let biases = (
      y: randomFloats(count: shape.out_channels, seed: 16),
      dx: randomFloats(count: shape.in_channels, seed: 17)
    )
    for (kind, slope) in [(CK_RELU, 0), (CK_LEAKY_RELU, Float(0.2)), (CK_TANH, 0)] {
      let finished = fast.triad(
        x: x, w: w, dy: dy, epilogue: Epilogue(kind: kind, slope: slope, biases: biases), threads: 2)
      for (got, sums, bias) in [(finished.y, plain.y, biases.y), (finished.dx, plain.dx, biases.dx)] {
        guard let got, let sums else { continue }
        let channels = bias.count
        var expected = [Double](repeating: .nan, count: sums.count)
        ck_reference_bias_activation_forward(
          kind, Double(slope), sums.count / channels, channels, sums.map { Double($0) },
          bias.map { Double($0) }, &expected)
        let scale = 1 + Double(sums.map(abs).max() ?? 0)
        #expect(worstError(got, expected, scale: scale) <= 4 * Double(Float.ulpOfOne), "\(fast) \(kind)")
      }
    }
  }

  // ⟨A·x, dy⟩ = ⟨x, Aᵀ·dy⟩ = ⟨w, dw⟩, to the rounding of a double sum: 1e-12 of √(number of products).
  @Test(arguments: sweep) func referenceIsAdjoint(_ shape: ck_convolution) {
    var shape = shape
    let (x, w, dy) = (shape.x(seed: 4), shape.w(seed: 5), shape.y(seed: 6))
    let (xd, wd, dyd) = (x.map { Double($0) }, w.map { Double($0) }, dy.map { Double($0) })
    let reference = referenceTriad(&shape, x: xd, w: wd, dy: dyd)
    let value = dot(reference.y, dyd)
    let scale = Double(dy.count * shape.kernel_height * shape.kernel_width * shape.in_channels).squareRoot()
    #expect(abs(value - dot(xd, reference.dx)) <= 1e-12 * scale)
    #expect(abs(value - dot(wd, reference.dw)) <= 1e-12 * scale)
  }

  // Work is cut by shape alone, so the bits are those of one thread.
  @Test(arguments: cases) func bitsDoNotDependOnThreads(_ fast: Case) {
    let shape = fast.shape
    let (x, w, dy) = (shape.x(seed: 10), shape.w(seed: 11), shape.y(seed: 12))
    let one = fast.triad(x: x, w: w, dy: dy, threads: 1)
    for threads: Int32 in [2, 3] {
      let several = fast.triad(x: x, w: w, dy: dy, threads: threads)
      #expect(bits(several.y) == bits(one.y), "\(fast)")
      #expect(bits(several.dx) == bits(one.dx), "\(fast)")
      #expect(bits(several.dw) == bits(one.dw), "\(fast)")
    }
  }

  // What is chosen can be computed, and each algorithm is chosen for some layer of the networks.
  @Test func theChosenAlgorithmIsSupported() {
    var chosen: Set<UInt32> = []
    for shape in sweep + layers + networkLayers {
      var shape = shape
      for pass in [CK_FORWARD, CK_BACKWARD_INPUT, CK_BACKWARD_FILTER] {
        let algorithm = ck_convolution_choose(&shape, pass)
        #expect(ck_convolution_supports(&shape, pass, algorithm), "\(shape)")
        chosen.insert(algorithm.rawValue)
      }
    }
    #expect(chosen == Set(algorithms.map(\.rawValue)))
  }

  @Test func casesAreNotEmpty() {
    #expect(sweep.count > 100)
    for algorithm in algorithms { #expect(cases.count { $0.algorithm == algorithm } > 10, "\(algorithm)") }
  }
}

/// A shape and an algorithm that can compute at least one of its passes.
struct Case: Sendable, CustomStringConvertible {
  let shape: ck_convolution
  let algorithm: ck_algorithm

  var description: String { "algorithm \(algorithm.rawValue) \(shape)" }
}

private let algorithms = [CK_PATCHES, CK_SCATTER, CK_WINOGRAD]

private let cases: [Case] = (sweep + layers).flatMap { shape in
  algorithms.compactMap { algorithm in
    var shape = shape
    let supported = [CK_FORWARD, CK_BACKWARD_INPUT].contains {
      ck_convolution_supports(&shape, $0, algorithm)
    }
    return supported ? Case(shape: shape, algorithm: algorithm) : nil
  }
}

extension ck_convolution: @retroactive @unchecked Sendable {
  /// Padding in the order top, left, bottom, right.
  init(
    batch: Int, in size: (Int, Int), channels: (Int, Int), kernel: (Int, Int), stride: (Int, Int),
    padding: (Int, Int, Int, Int)
  ) {
    self.init(
      batch: batch, in_height: size.0, in_width: size.1, in_channels: channels.0,
      out_height: (size.0 + padding.0 + padding.2 - kernel.0) / stride.0 + 1,
      out_width: (size.1 + padding.1 + padding.3 - kernel.1) / stride.1 + 1, out_channels: channels.1,
      kernel_height: kernel.0, kernel_width: kernel.1, stride_height: stride.0, stride_width: stride.1,
      pad_top: padding.0, pad_left: padding.1)
  }

  fileprivate func x(seed: UInt64) -> [Float] {
    randomFloats(count: batch * in_height * in_width * in_channels, seed: seed)
  }
  fileprivate func w(seed: UInt64) -> [Float] {
    randomFloats(count: kernel_height * kernel_width * in_channels * out_channels, seed: seed)
  }
  fileprivate func y(seed: UInt64) -> [Float] {
    randomFloats(count: batch * out_height * out_width * out_channels, seed: seed)
  }
}

/// Strides, kernels, paddings, sizes and channels that awkwardly meet.
private let sweep: [ck_convolution] = {
  var shapes: [ck_convolution] = []
  let channels = [(1, 3), (3, 5), (5, 1), (64, 3), (3, 64), (9, 12), (12, 2), (64, 5)]
  let paddings = [(0, 0, 0, 0), (1, 1, 1, 1), (1, 2, 2, 1), (0, 3, 1, 0), (4, 1, 0, 6)]
  for kernel in 1...5 {
    for stride in 1...3 {
      for (n, padding) in paddings.enumerated() {
        for other in [kernel, kernel % 5 + 1] {
          let pick = channels[(shapes.count + n) % channels.count]
          shapes.append(
            ck_convolution(
              batch: 1 + shapes.count % 3, in: (7 + shapes.count % 4, 6 + shapes.count % 5), channels: pick,
              kernel: (kernel, other), stride: (stride, other == kernel ? stride : stride % 3 + 1),
              padding: padding))
        }
      }
    }
  }
  return shapes
}()

/// The kinds of layer the library's networks have, small, and the cuts into blocks that each meets.
private let layers: [ck_convolution] = [
  // A transposed convolution's shape: many phases' blocks; a single image, whose columns are cut.
  ck_convolution(
    batch: 3, in: (20, 20), channels: (32, 48), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 1, in: (10, 10), channels: (256, 128), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 2, in: (40, 40), channels: (3, 24), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 2, in: (21, 20), channels: (16, 32), kernel: (5, 5), stride: (2, 2), padding: (1, 1, 2, 2)),
  ck_convolution(
    batch: 2, in: (40, 40), channels: (32, 3), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
  ck_convolution(
    batch: 2, in: (40, 40), channels: (3, 32), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
  // Winograd's: whole tiles and broken ones; paddings that shift the phases; a phase with fewer taps; half a panel.
  ck_convolution(
    batch: 2, in: (20, 20), channels: (64, 48), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 3, in: (19, 22), channels: (16, 32), kernel: (4, 4), stride: (2, 2), padding: (0, 2, 1, 1)),
  ck_convolution(
    batch: 2, in: (20, 22), channels: (32, 16), kernel: (5, 5), stride: (2, 2), padding: (1, 2, 2, 1)),
  ck_convolution(
    batch: 1, in: (21, 18), channels: (16, 16), kernel: (5, 5), stride: (2, 2), padding: (2, 0, 3, 4)),
  ck_convolution(
    batch: 2, in: (15, 13), channels: (32, 48), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 2, in: (9, 12), channels: (48, 16), kernel: (3, 3), stride: (2, 2), padding: (0, 1, 1, 0)),
  ck_convolution(
    batch: 2, in: (11, 7), channels: (16, 16), kernel: (2, 2), stride: (1, 1), padding: (0, 1, 0, 1)),
  ck_convolution(
    batch: 2, in: (8, 10), channels: (16, 80), kernel: (3, 3), stride: (1, 1), padding: (2, 0, 1, 2)),
  ck_convolution(
    batch: 30, in: (10, 10), channels: (32, 32), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 40, in: (20, 20), channels: (16, 16), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
  // No border, stride 1: patches read in the source; blocks that end within a row; half a panel, a whole one, both.
  ck_convolution(
    batch: 6, in: (19, 30), channels: (3, 10), kernel: (3, 3), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 2, in: (17, 16), channels: (10, 28), kernel: (2, 3), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 2, in: (24, 25), channels: (16, 48), kernel: (3, 2), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 1, in: (18, 40), channels: (9, 70), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
  // The kernel is the whole input; one pixel; 4×4 `same`.
  ck_convolution(
    batch: 7, in: (5, 5), channels: (40, 1), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 5, in: (5, 5), channels: (24, 65), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 2, in: (9, 9), channels: (33, 70), kernel: (1, 1), stride: (1, 1), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 2, in: (12, 12), channels: (8, 16), kernel: (4, 4), stride: (1, 1), padding: (1, 1, 2, 2)),
  // Strides longer than the kernel leave pixels that no tap sees; sizes that leave a remainder.
  ck_convolution(
    batch: 2, in: (11, 12), channels: (10, 9), kernel: (1, 2), stride: (3, 3), padding: (0, 0, 0, 0)),
  ck_convolution(
    batch: 2, in: (11, 12), channels: (3, 9), kernel: (2, 1), stride: (3, 3), padding: (0, 1, 0, 0)),
]

/// Layers of the networks at the batch of training, for the choice of an algorithm alone.
private let networkLayers = [
  ck_convolution(
    batch: 64, in: (80, 80), channels: (128, 128), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ck_convolution(
    batch: 64, in: (80, 80), channels: (128, 128), kernel: (5, 5), stride: (2, 2), padding: (1, 1, 2, 2)),
  ck_convolution(
    batch: 64, in: (80, 80), channels: (128, 3), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
  ck_convolution(
    batch: 1, in: (10, 10), channels: (256, 512), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
]

private typealias Triad<Scalar> = (y: [Scalar], dx: [Scalar], dw: [Scalar])

private struct Epilogue {
  var kind = CK_IDENTITY
  var slope: Float = 0
  var biases: (y: [Float], dx: [Float])?
}

extension Case {
  /// The passes that the algorithm can compute.
  ///
  /// Outputs and packed filters start as NaN: what a kernel leaves unwritten, or reads, shows.
  fileprivate func triad(
    x: [Float], w: [Float], dy: [Float], epilogue: Epilogue = Epilogue(), threads: Int32
  ) -> (y: [Float]?, dx: [Float]?, dw: [Float]?) {
    var shape = shape
    func pass(
      _ pass: ck_pass, _ count: Int,
      _ body: (inout ck_convolution, UnsafePointer<Float>, inout [Float]) -> Void
    ) -> [Float]? {
      guard ck_convolution_supports(&shape, pass, algorithm) else { return nil }
      var result = [Float](repeating: .nan, count: count)
      var filter: [Float] = []
      if pass != CK_BACKWARD_FILTER {
        filter = [Float](repeating: .nan, count: ck_convolution_filter_count(&shape, pass, algorithm))
        ck_convolution_pack(&shape, pass, algorithm, w, &filter, threads)
      }
      body(&shape, filter, &result)
      return result
    }
    let (kind, slope, biases) = (epilogue.kind, epilogue.slope, epilogue.biases)
    return (
      pass(CK_FORWARD, dy.count) {
        ck_convolution_forward(&$0, algorithm, x, $1, biases?.y, kind, slope, &$2, threads)
      },
      pass(CK_BACKWARD_INPUT, x.count) {
        ck_convolution_backward_input(&$0, algorithm, dy, $1, biases?.dx, kind, slope, &$2, threads)
      },
      pass(CK_BACKWARD_FILTER, w.count) { shape, _, dw in
        ck_convolution_backward_filter(&shape, algorithm, x, dy, &dw, threads)
      }
    )
  }
}

private func referenceTriad(
  _ shape: inout ck_convolution, x: [Double], w: [Double], dy: [Double]
) -> Triad<Double> {
  var (y, dx, dw) = (dy.map { _ in Double.nan }, x.map { _ in Double.nan }, w.map { _ in Double.nan })
  ck_reference_convolution_forward(&shape, x, w, &y)
  ck_reference_convolution_backward_input(&shape, dy, w, &dx)
  ck_reference_convolution_backward_filter(&shape, x, dy, &dw)
  return (y, dx, dw)
}

private func bits(_ values: [Float]?) -> [UInt32]? { values?.map(\.bitPattern) }
private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
