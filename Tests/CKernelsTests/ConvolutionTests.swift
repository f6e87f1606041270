import CKernels
import CKernelsReference
import Foundation
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
      // Where every window lies in the padding, the result is zero, and the line above has said all.
      guard expected.contains(where: { $0 != 0 }) else { continue }
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
  @Test(arguments: ConvolutionShapes.sweep) func referenceIsAdjoint(_ shape: ck_convolution) {
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

  // What is chosen can be computed, and each algorithm is chosen for some layer of the networks, but for OpenBLAS, which is
  // the slower one everywhere and is chosen where CK_ALGORITHM forces it.
  @Test func theChosenAlgorithmIsSupported() {
    var chosen: Set<UInt32> = []
    for shape in ConvolutionShapes.sweep + ConvolutionShapes.layers + ConvolutionShapes.networkLayers {
      var shape = shape
      for pass in [CK_FORWARD, CK_BACKWARD_INPUT, CK_BACKWARD_FILTER] {
        let algorithm = ck_convolution_choose(&shape, pass)
        #expect(ck_convolution_supports(&shape, pass, algorithm), "\(shape)")
        chosen.insert(algorithm.rawValue)
      }
    }
    let forced = ProcessInfo.processInfo.environment["CK_ALGORITHM"] == "blas"
    #expect(chosen == Set(algorithms.filter { ($0 == CK_BLAS) == forced }.map(\.rawValue)))
  }

  @Test func casesAreNotEmpty() {
    #expect(ConvolutionShapes.sweep.count > 100)
    for algorithm in algorithms { #expect(cases.count { $0.algorithm == algorithm } > 10, "\(algorithm)") }
  }
}

/// A shape and an algorithm that can compute at least one of its passes.
struct Case: Sendable, CustomStringConvertible {
  let shape: ck_convolution
  let algorithm: ck_algorithm

  var description: String { "algorithm \(algorithm.rawValue) \(shape)" }
}

private let algorithms = [CK_PATCHES, CK_SCATTER, CK_WINOGRAD, CK_BLAS]

private let cases: [Case] =
  (ConvolutionShapes.sweep + ConvolutionShapes.layers + ConvolutionShapes.random).flatMap { shape in
    algorithms.compactMap { algorithm in
      var shape = shape
      let supported = [CK_FORWARD, CK_BACKWARD_INPUT].contains {
        ck_convolution_supports(&shape, $0, algorithm)
      }
      return supported ? Case(shape: shape, algorithm: algorithm) : nil
    }
  }

extension ck_convolution {
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
