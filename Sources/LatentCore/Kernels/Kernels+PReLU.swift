import CKernels

/// The rectifier with a slope for each channel.
extension Kernels {
  static func prelu(_ x: Tensor, slope: Tensor, threads: Int) -> Tensor {
    let channels = channels(of: x, with: slope)
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x, slope) { x, slope in
        ck_prelu_forward(y.count / max(channels, 1), channels, x, slope, y.baseAddress, Int32(threads))
      }
    }
  }

  /// The cotangents of the input and of the slope.
  static func preluBackward(
    _ x: Tensor, slope: Tensor, _ dy: Tensor, needsSlope: Bool, threads: Int
  ) -> (dx: Tensor, dslope: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let channels = channels(of: x, with: slope)
    let rows = x.count / max(channels, 1)
    var (dx, dslope) = (unwritten(x.shape), needsSlope ? unwritten([channels]) : nil)
    withMutablePointers(to: &dx, &dslope) { dx, dslope in
      withPointers(to: x, slope, dy) { x, slope, dy in
        ck_prelu_backward(rows, channels, x, slope, dy, dx, dslope, Int32(threads))
      }
    }
    return (dx, dslope)
  }

  private static func channels(of x: Tensor, with slope: Tensor) -> Int {
    let channels = x.shape.last ?? 1
    precondition(
      slope.shape == [channels], "Slopes of shape \(slope.shape) do not fit an input of shape \(x.shape).")
    return channels
  }
}
