import LatentCore
import TestSupport
import Testing

/// The pullbacks of the linear operations, through the tape.
struct AdjointTests {
  /// A linear map and how many products each element of its value adds.
  struct Map: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let inputShape: [Int]
    let terms: Int
    let apply: @Sendable (Variable) -> Variable

    init(
      _ name: String, from shape: [Int], terms: Int, apply: @escaping @Sendable (Variable) -> Variable
    ) {
      (testDescription, inputShape, self.terms, self.apply) = (name, shape, terms, apply)
    }
  }

  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  private static let geometries = [
    ConvolutionGeometry(kernel: 4, stride: 2, padding: .init(top: 1, bottom: 1, left: 1, right: 1)),
    .same(kernel: 5, stride: 2, size: 8), .same(kernel: 4, stride: 1, size: 8),
    ConvolutionGeometry(kernel: 3, stride: 1, padding: .init(top: 0, bottom: 2, left: 1, right: 0)),
  ]

  private static var convolutions: [Map] {
    geometries.flatMap { geometry in
      let (kernel, name) = (geometry.kernel, "kernel \(geometry.kernel), stride \(geometry.stride)")
      let (x, w) = (random([3, 8, 8, 5], seed: 1), random([kernel, kernel, 5, 6], seed: 2))
      return [
        Map("convolution, \(name), in the input", from: x.shape, terms: kernel * kernel * 5) { x in
          x.convolved(with: x.tape.constant(w), geometry)
        },
        Map("convolution, \(name), in the filter", from: w.shape, terms: kernel * kernel * 5) { w in
          w.tape.constant(x).convolved(with: w, geometry)
        },
      ]
    }
  }

  private static var transposedConvolutions: [Map] {
    geometries.flatMap { geometry in
      let (kernel, name) = (geometry.kernel, "kernel \(geometry.kernel), stride \(geometry.stride)")
      let (x, w) = (random([3, 4, 4, 6], seed: 3), random([kernel, kernel, 5, 6], seed: 4))
      return [
        Map("transposed convolution, \(name), in the input", from: x.shape, terms: kernel * kernel * 6) { x in
          x.transposeConvolved(with: x.tape.constant(w), geometry)
        },
        Map("transposed convolution, \(name), in the filter", from: w.shape, terms: kernel * kernel * 6) {
          w in
          w.tape.constant(x).transposeConvolved(with: w, geometry)
        },
      ]
    }
  }

  private static var depthwiseConvolutions: [Map] {
    geometries.flatMap { geometry in
      let (kernel, name) = (geometry.kernel, "kernel \(geometry.kernel), stride \(geometry.stride)")
      let (x, w) = (random([3, 8, 8, 19], seed: 7), random([kernel, kernel, 19], seed: 8))
      return [
        Map("depthwise convolution, \(name), in the input", from: x.shape, terms: kernel * kernel) { x in
          x.depthwiseConvolved(with: x.tape.constant(w), geometry)
        },
        Map("depthwise convolution, \(name), in the filter", from: w.shape, terms: kernel * kernel) { w in
          w.tape.constant(x).depthwiseConvolved(with: w, geometry)
        },
      ]
    }
  }

  private static var others: [Map] {
    let (a, b) = (random([7, 11], seed: 5), random([11, 13], seed: 6))
    let (x, factors) = (random([3, 4, 5, 19], seed: 12), random([19], seed: 13))
    let each = random([3, 19], seed: 14)
    let changes = (0..<3).map { index in
      var change = Augmentation()
      (change.saturation, change.contrast) = (0.3 + 0.7 * Float(index), 1.4 - 0.4 * Float(index))
      (change.shiftDown, change.shiftRight) = (index - 1, 2 - 2 * index)
      return change
    }
    return [
      Map("matrix product, in the first", from: [7, 11], terms: 11) { $0.matrixProduct($0.tape.constant(b)) },
      Map("matrix product, in the second", from: [11, 13], terms: 11) {
        $0.tape.constant(a).matrixProduct($0)
      },
      Map("mean", from: [6, 35], terms: 210) { $0.mean() },
      Map("reshape", from: [6, 35], terms: 1) { $0.reshaped(to: [2, 15, 7]) },
      Map("scaled", from: [6, 35], terms: 1) { $0.scaled(by: -1.7) },
      Map("scaled channels, in the input", from: x.shape, terms: 1) {
        $0.scaledChannels(by: $0.tape.constant(factors))
      },
      Map("scaled channels, in the factors", from: [19], terms: 60) {
        $0.tape.constant(x).scaledChannels(by: $0)
      },
      Map("scaled channels of each, in the input", from: x.shape, terms: 1) {
        $0.scaledChannels(byEach: $0.tape.constant(each))
      },
      Map("scaled channels of each, in the factors", from: [3, 19], terms: 20) {
        $0.tape.constant(x).scaledChannels(byEach: $0)
      },
      Map("resampling", from: [2, 19, 23, 3], terms: 48) {
        $0.resampled(
          rows: .bicubic(from: 19, to: 8),
          columns: .crop(4..<20, of: 23).followed(by: .bicubic(from: 16, to: 31)))
      },
      Map("resampling of many channels", from: [2, 12, 12, 21], terms: 4) {
        $0.resampled(
          rows: .bilinear(from: 12, to: 5, aligningCorners: true), columns: .windowMeans(from: 12, to: 9))
      },
      Map("smooth doubling", from: [2, 5, 4, 6], terms: 4) { $0.doubledSmoothly() },
      Map("columns", from: [6, 35], terms: 1) { $0.columns(3..<20) },
      Map("columns among zeros", from: [6, 17], terms: 1) { $0.columns(amongZerosAt: 3, of: 35) },
      Map("dropout", from: [6, 35], terms: 1) { $0.droppedOut(rate: 0.4, seed: 9) },
      Map("augmentation without brightness", from: [3, 8, 7, 3], terms: 168) { $0.augmented(by: changes) },
    ]
  }

  static var maps: [Map] { convolutions + transposedConvolutions + depthwiseConvolutions + others }

  // ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for random x and y. Both sides are a sum of (elements of Ax)·(terms) products of independent
  // normal numbers, of the size of its root.
  @Test(arguments: maps) func pullbackIsTheAdjoint(map: Map) throws {
    let tape = Tape(threads: 2)
    let x = tape.watch(Self.random(map.inputShape, seed: 10), path: "x")
    let value = map.apply(x)
    let y = Self.random(value.shape, seed: 11)
    let pulled = try #require(tape.gradients(of: value, cotangent: y)["x"])
    #expect(pulled.shape == map.inputShape)
    func inner(_ a: Tensor, _ b: Tensor) -> Double {
      zip(a.elements, b.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let (left, right) = (inner(value.value, y), inner(x.value, pulled))
    let size = (inner(value.value, value.value) * inner(y, y)).squareRoot()
    #expect(abs(left - right) <= roundingTolerance(terms: map.terms) * size / Double(y.count).squareRoot())
    #expect(abs(left) > 1e-3 * size)
  }
}
