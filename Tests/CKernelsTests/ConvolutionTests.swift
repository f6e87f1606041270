import CKernels
import TestSupport
import Testing

/// The convolution triad: y = A(w)·x is linear in x and in w, backward_input is Aᵀ·dy, backward_filter is the
/// derivative of ⟨A(w)·x, dy⟩ by w.
@Suite struct ConvolutionTests {
  // Each element of y sums kh·kw·cin products, of dx at most kh·kw·cout, of dw one for each output pixel; each is
  // compared with the double-precision loops to the rounding of that many terms.
  @Test(arguments: sweep + layers) func fastMatchesReference(_ shape: ck_convolution) {
    var shape = shape
    let (x, w, dy) = (shape.x(seed: 1), shape.w(seed: 2), shape.y(seed: 3))
    let fast = fastTriad(&shape, x: x, w: w, dy: dy, threads: 2)
    let reference = referenceTriad(
      &shape, x: x.map { Double($0) }, w: w.map { Double($0) }, dy: dy.map { Double($0) })
    let taps = shape.kernel_height * shape.kernel_width
    for (got, expected, terms) in [
      (fast.y, reference.y, taps * shape.in_channels),
      (fast.dx, reference.dx, taps * shape.out_channels),
      (fast.dw, reference.dw, shape.batch * shape.out_height * shape.out_width),
    ] {
      #expect(!got.isEmpty)
      let scale = Double(terms).squareRoot()
      #expect(worstError(got, expected, scale: scale) <= roundingTolerance(terms: terms), "\(shape)")
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

  // The same identity of the fast kernels, with a bound from the products' number and single precision.
  @Test(arguments: sweep + layers) func fastIsAdjoint(_ shape: ck_convolution) {
    var shape = shape
    let (x, w, dy) = (shape.x(seed: 7), shape.w(seed: 8), shape.y(seed: 9))
    let fast = fastTriad(&shape, x: x, w: w, dy: dy, threads: 2)
    let (xd, wd, dyd) = (x.map { Double($0) }, w.map { Double($0) }, dy.map { Double($0) })
    let value = dot(fast.y.map { Double($0) }, dyd)
    let terms = dy.count * shape.kernel_height * shape.kernel_width * shape.in_channels
    let tolerance = roundingTolerance(terms: terms) * Double(terms).squareRoot()
    #expect(abs(value - dot(xd, fast.dx.map { Double($0) })) <= tolerance)
    #expect(abs(value - dot(wd, fast.dw.map { Double($0) })) <= tolerance)
  }

  // Work is cut by shape alone, so the bits are those of one thread.
  @Test(arguments: sweep + layers) func bitsDoNotDependOnThreads(_ shape: ck_convolution) {
    var shape = shape
    let (x, w, dy) = (shape.x(seed: 10), shape.w(seed: 11), shape.y(seed: 12))
    let one = fastTriad(&shape, x: x, w: w, dy: dy, threads: 1)
    for threads: Int32 in [2, 3] {
      let several = fastTriad(&shape, x: x, w: w, dy: dy, threads: threads)
      #expect(bits(several.y) == bits(one.y), "\(shape)")
      #expect(bits(several.dx) == bits(one.dx), "\(shape)")
      #expect(bits(several.dw) == bits(one.dw), "\(shape)")
    }
  }

  @Test func sweepIsNotEmpty() {
    #expect(sweep.count > 100)
    #expect(layers.count > 5)
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

private typealias Triad<Scalar> = (y: [Scalar], dx: [Scalar], dw: [Scalar])

// Outputs start as NaN: what a kernel leaves unwritten, or reads, shows.
private func fastTriad(
  _ shape: inout ck_convolution, x: [Float], w: [Float], dy: [Float], threads: Int32
) -> Triad<Float> {
  var (y, dx, dw) = (dy.map { _ in Float.nan }, x.map { _ in Float.nan }, w.map { _ in Float.nan })
  ck_convolution_forward(&shape, x, w, &y, threads)
  ck_convolution_backward_input(&shape, dy, w, &dx, threads)
  ck_convolution_backward_filter(&shape, x, dy, &dw, threads)
  return (y, dx, dw)
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

private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
