import LatentCore
import TestSupport
import Testing

/// The pullbacks of operations that are linear between kinks.
struct PiecewiseLinearTests {
  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  private func inner(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.elements, b.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  // f(x) = f′(x)·x where f is linear on rays, so ⟨f(x), y⟩ = ⟨x, f′(x)ᵀ·y⟩ for random y. Each side is a sum of products
  // of independent normal numbers, of the size of ‖f(x)‖·‖y‖/√count.
  private func check(_ x: Tensor, apply: (Variable) -> Variable) throws {
    let tape = Tape(threads: 2)
    let variable = tape.watch(x, path: "x")
    let value = apply(variable)
    let y = Self.random(value.shape, seed: 11)
    let pulled = try #require(tape.gradients(of: value, cotangent: y)["x"])
    #expect(pulled.shape == x.shape)
    let (left, right) = (inner(value.value, y), inner(x, pulled))
    let size = (inner(value.value, value.value) * inner(y, y)).squareRoot()
    #expect(abs(left - right) <= roundingTolerance(terms: 4) * size / Double(y.count).squareRoot())
    #expect(abs(left) > 1e-3 * size)
  }

  @Test(arguments: [(2, 2, [3, 9, 7, 5]), (3, 2, [2, 8, 11, 20]), (3, 1, [2, 6, 5, 3])])
  func maxPoolingPullsBack(_ kernel: Int, _ stride: Int, _ shape: [Int]) throws {
    try check(Self.random(shape, seed: 1)) { $0.maxPooled(kernel: kernel, stride: stride) }
  }

  @Test func preluPullsBackToItsInput() throws {
    let slope = Self.random([5], seed: 2)
    try check(Self.random([3, 4, 6, 5], seed: 3)) { $0.prelu(slope: $0.tape.constant(slope)) }
  }

  // y is affine in the slope: ⟨y(s) − y(0), c⟩ = ⟨s, ds⟩.
  @Test func preluPullsBackToItsSlope() throws {
    let (x, slope) = (Self.random([3, 4, 6, 5], seed: 4), Self.random([5], seed: 5))
    let tape = Tape(threads: 2)
    let value = tape.constant(x).prelu(slope: tape.watch(slope, path: "slope"))
    let cotangent = Self.random(x.shape, seed: 6)
    let pulled = try #require(tape.gradients(of: value, cotangent: cotangent)["slope"])
    let zero = tape.constant(x).prelu(slope: tape.constant(Tensor(shape: [5], repeating: 0))).value
    let left = inner(value.value, cotangent) - inner(zero, cotangent)
    #expect(abs(left - inner(slope, pulled)) <= roundingTolerance(terms: 72) * Double(x.count).squareRoot())
    #expect(abs(left) > 1)
  }

  // PyTorch's MaxPool2d(k, s, ceil_mode=True): a last window that reaches outside counts, one that begins outside does
  // not.
  @Test(arguments: [
    (3, 2, 8, 4), (3, 2, 7, 3), (2, 2, 7, 4), (2, 2, 8, 4), (2, 3, 6, 2), (2, 3, 5, 2), (2, 3, 4, 2),
    (2, 3, 3, 1), (3, 1, 5, 3),
  ])
  func windowsAreCountedAsByPyTorch(_ kernel: Int, _ stride: Int, _ size: Int, _ count: Int) {
    let tape = Tape(threads: 1)
    let layer = MaxPool(kernel: kernel, stride: stride)
    let binding = Binding(Parameters(), on: tape, isTrained: false, phase: .inference)
    let y = layer(tape.constant(Self.random([1, size, size + stride, 2], seed: 7)), binding)
    #expect(y.shape == [1, count, count + 1, 2])
  }

  @Test func preluLayerReadsItsSlope() {
    let layer = PReLU(path: "p", channels: 3)
    var parameters = Parameters(layer.parameters, seed: 0)
    #expect(parameters["p.slope"] == Tensor(shape: [3], repeating: 0.25))
    parameters["p.slope"] = Tensor(shape: [3], elements: [0.5, -1, 2])
    let tape = Tape(threads: 1)
    let binding = Binding(parameters, on: tape, isTrained: false, phase: .inference)
    let y = layer(tape.constant(Tensor(shape: [2, 3], elements: [-1, 2, -3, 4, -5, 6])), binding)
    #expect(y.value == Tensor(shape: [2, 3], elements: [-0.5, 2, -6, 4, 5, 6]))
  }

  // A rectangle through the wrapper is the mean of its four quarters' pixels.
  @Test func areaResizeTakesCropsAndRows() {
    let pixels = (0..<6 * 8).map { UInt8($0 * 5) }
    let crop = PixelRectangle(top: 1, left: 2, height: 4, width: 6)
    let got = Kernels.areaResize(
      pixels, height: 6, width: 8, channels: 1, crops: [crop, crop], outHeight: 2, outWidth: 2, rows: 1..<2,
      offset: 1, scale: 2, threads: 1)
    let expected = [2, 5].map { left -> Float in
      let values = (3..<5).flatMap { y in (left..<left + 3).map { x in Float(pixels[y * 8 + x]) } }
      return (values.reduce(0, +) / 6 - 1) * 2
    }
    #expect(got == Tensor(shape: [2, 1, 2, 1], elements: expected + expected))
  }
}
