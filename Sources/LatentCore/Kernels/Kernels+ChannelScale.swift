import CKernels

/// Each channel of each picture times a factor of its own.
extension Kernels {
  static func scaleChannels(_ x: Tensor, byEach factors: Tensor, threads: Int) -> Tensor {
    let (batch, rows, channels) = lengths(of: x, factors)
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x, factors) { x, factors in
        ck_scale_channels_forward(batch, rows, channels, x, factors, y.baseAddress, Int32(threads))
      }
    }
  }

  /// The cotangents of the input and of the factors, those that are needed.
  static func scaleChannelsBackward(
    _ x: Tensor, byEach factors: Tensor, _ dy: Tensor, needsInput: Bool, needsFactors: Bool, threads: Int
  ) -> (dx: Tensor?, dfactors: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let (batch, rows, channels) = lengths(of: x, factors)
    var dx = needsInput ? unwritten(x.shape) : nil
    var dfactors = needsFactors ? unwritten(factors.shape) : nil
    if !needsInput && !needsFactors { return (nil, nil) }
    withMutablePointers(to: &dx, &dfactors) { dx, dfactors in
      withPointers(to: x, factors, dy) { x, factors, dy in
        ck_scale_channels_backward(batch, rows, channels, x, factors, dy, dx, dfactors, Int32(threads))
      }
    }
    return (dx, dfactors)
  }

  /// Turns the cotangent of the output into that of the input, in its place, and returns the factors'.
  static func pullThroughScaling(
    _ dy: inout Tensor, of x: Tensor, byEach factors: Tensor, threads: Int
  ) -> Tensor {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let (batch, rows, channels) = lengths(of: x, factors)
    var dfactors = unwritten(factors.shape)
    withMutablePointers(to: &dy, &dfactors) { dy, dfactors in
      withPointers(to: x, factors) { x, factors in
        ck_scale_channels_backward(batch, rows, channels, x, factors, dy, dy, dfactors, Int32(threads))
      }
    }
    return dfactors
  }

  private static func lengths(of x: Tensor, _ factors: Tensor) -> (batch: Int, rows: Int, channels: Int) {
    precondition(
      x.shape.count > 1 && factors.shape == [x.shape[0], x.shape[x.shape.count - 1]],
      "Factors of shape \(factors.shape) do not fit an input of shape \(x.shape).")
    return (x.shape[0], x.shape.dropFirst().dropLast().reduce(1, *), factors.shape[1])
  }
}
