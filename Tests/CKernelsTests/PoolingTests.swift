import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct PoolingTests {
  // Kernels 2 and 3 at strides 1 to 3, sizes that are a whole number of windows and that are not, channels that fill
  // vectors and that do not.
  static let shapes: [ck_pooling] =
    [(2, 2), (3, 2), (2, 3), (3, 1)].flatMap { kernel, stride in
      [(3, 4), (5, 8), (6, 7), (12, 11)].flatMap { height, width in
        [1, 3, 10, 28, 64].map { channels in
          ck_pooling(
            batch: 2, in_height: height, in_width: width, channels: channels,
            out_height: outputs(height, kernel, stride), out_width: outputs(width, kernel, stride),
            kernel: kernel, stride: stride)
        }
      }
    }
    + randomShapes(40) { stream in
      let (kernel, stride) = (stream.size(upTo: 7), stream.size(upTo: 5))
      let (height, width) = (stream.size(upTo: 30, near: [kernel]), stream.size(upTo: 30, near: [kernel]))
      return ck_pooling(
        batch: stream.size(upTo: 4), in_height: height, in_width: width,
        channels: stream.size(upTo: 70, near: [16, 32, 64]), out_height: outputs(height, kernel, stride),
        out_width: outputs(width, kernel, stride), kernel: kernel, stride: stride)
    }

  /// The number of places whose window begins inside, up to the first that reaches the border.
  private static func outputs(_ size: Int, _ kernel: Int, _ stride: Int) -> Int {
    var count = 1
    while (count - 1) * stride + kernel < size && count * stride < size { count += 1 }
    return count
  }

  // A maximum is one of the inputs, so the results are equal, not close.
  @Test(arguments: shapes) func forwardIsTheReference(_ shape: ck_pooling) {
    var shape = shape
    let x = randomFloats(count: shape.inputs, seed: 1)
    var expected = [Double](repeating: .nan, count: shape.outputs)
    ck_reference_max_pool_forward(&shape, doubles(x), &expected)
    for threads: Int32 in [1, 2, 3] {
      #expect(doubles(forward(shape, x, threads)) == expected)
    }
  }

  // dx adds at most ⌈kernel/stride⌉² cotangents, as far as their windows agree. Few different values make many windows with two largest ones.
  @Test(arguments: shapes) func backwardMatchesReference(_ shape: ck_pooling) {
    var shape = shape
    for x in [
      randomFloats(count: shape.inputs, seed: 2),
      randomFloats(count: shape.inputs, seed: 3).map { $0.rounded() },
    ] {
      let dy = randomFloats(count: shape.outputs, seed: 4)
      var expected = [Double](repeating: .nan, count: shape.inputs)
      ck_reference_max_pool_backward(&shape, doubles(x), doubles(dy), &expected)
      let y = forward(shape, x, 1)
      let results = [Int32(1), 2, 3].map { threads in
        var dx = [Float](repeating: .nan, count: shape.inputs)
        ck_max_pool_backward(&shape, x, y, dy, &dx, threads)
        return dx
      }
      let windows = (shape.kernel + shape.stride - 1) / shape.stride
      let error = worstError(results[0], expected, scale: Double(windows))
      #expect(error <= roundingTolerance(terms: windows * windows))
      #expect(zip(results[0], expected).allSatisfy { $1 != 0 || $0 == 0 }, "no maximum, no gradient")
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    }
  }

  // The twin's dx is the derivative of ⟨dy, y⟩; no two of the random values lie within a step of each other.
  @Test func referenceIsTheDerivative() {
    var shape = Self.shapes[12]
    let (x, dy) = (randomDoubles(count: shape.inputs, seed: 5), randomDoubles(count: shape.outputs, seed: 6))
    var dx = [Double](repeating: .nan, count: x.count)
    ck_reference_max_pool_backward(&shape, x, dy, &dx)
    let numeric = centralDifferences(at: x) { x in
      var y = [Double](repeating: .nan, count: dy.count)
      ck_reference_max_pool_forward(&shape, x, &y)
      return innerProduct(dy, y)
    }
    #expect(worstError(dx, numeric, scale: largest(dx)) <= 1e-6)
  }

  // What is not a number must not vanish in a maximum: the windows that hold it, and no others, show it.
  @Test func whatIsNotANumberStays() {
    let shape = ck_pooling(
      batch: 1, in_height: 5, in_width: 5, channels: 3, out_height: 2, out_width: 2, kernel: 3, stride: 2)
    for place in 0..<25 {
      var x = randomFloats(count: 75, seed: 7)
      x[3 * place + 1] = .nan
      let y = forward(shape, x, 1)
      for (index, value) in y.enumerated() {
        let (row, column, channel) = (index / 6, index / 3 % 2, index % 3)
        let holds =
          channel == 1 && (2 * row...2 * row + 2).contains(place / 5)
          && (2 * column...2 * column + 2).contains(place % 5)
        #expect(value.isNaN == holds)
      }
    }
  }
}

private func forward(_ shape: ck_pooling, _ x: [Float], _ threads: Int32) -> [Float] {
  var shape = shape
  var y = [Float](repeating: .nan, count: shape.outputs)
  ck_max_pool_forward(&shape, x, &y, threads)
  return y
}

extension ck_pooling {
  fileprivate var inputs: Int { batch * in_height * in_width * channels }
  fileprivate var outputs: Int { batch * out_height * out_width * channels }
}
