import CKernels

/// Max pooling without padding, the last window cut off where it leaves the picture.
extension Kernels {
  static func maxPool(_ x: Tensor, kernel: Int, stride: Int, threads: Int) -> Tensor {
    var shape = pooling(x.shape, kernel, stride)
    return Tensor(unsafeUninitialized: [shape.batch, shape.out_height, shape.out_width, shape.channels]) {
      y in
      withPointers(to: x) { ck_max_pool_forward(&shape, $0, y.baseAddress, Int32(threads)) }
    }
  }

  /// The input's cotangent, from the input, the output `y` and its cotangent.
  static func maxPoolBackward(
    _ x: Tensor, _ y: Tensor, _ dy: Tensor, kernel: Int, stride: Int, threads: Int
  ) -> Tensor {
    precondition(y.shape == dy.shape, "An output of shape \(y.shape) has no cotangent of shape \(dy.shape).")
    var shape = pooling(x.shape, kernel, stride)
    return Tensor(unsafeUninitialized: x.shape) { dx in
      withPointers(to: x, y, dy) { x, y, dy in
        ck_max_pool_backward(&shape, x, y, dy, dx.baseAddress, Int32(threads))
      }
    }
  }

  private static func pooling(_ x: [Int], _ kernel: Int, _ stride: Int) -> ck_pooling {
    precondition(
      x.count == 4 && kernel > 0 && stride > 0 && x[1] >= kernel && x[2] >= kernel,
      "Max pooling of \(kernel)×\(kernel) at stride \(stride) cannot take an input of shape \(x).")
    func outputs(_ size: Int) -> Int {
      let count = (size - kernel + stride - 1) / stride + 1
      return (count - 1) * stride < size ? count : count - 1
    }
    return ck_pooling(
      batch: x[0], in_height: x[1], in_width: x[2], channels: x[3], out_height: outputs(x[1]),
      out_width: outputs(x[2]), kernel: kernel, stride: stride)
  }
}
