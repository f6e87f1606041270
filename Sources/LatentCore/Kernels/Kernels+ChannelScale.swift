import CKernels

/// Each channel of each picture times a factor of its own.
extension Kernels {
  static func scaleChannels(_ x: Tensor, byEach factors: Tensor, threads: Int) -> Tensor {
    let (batch, rows, channels) = lengths(of: x, factors)
    return Tensor(unsafeUninitialized: x.shape) { y in
      x.withElements { x in
        factors.withElements { factors in
          ck_scale_channels_forward(
            batch, rows, channels, x.baseAddress, factors.baseAddress, y.baseAddress, Int32(threads))
        }
      }
    }
  }

  /// The cotangents of the input and of the factors, those that are needed.
  static func scaleChannelsBackward(
    _ x: Tensor, byEach factors: Tensor, _ dy: Tensor, needsInput: Bool, needsFactors: Bool, threads: Int
  ) -> (dx: Tensor?, dfactors: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let (batch, rows, channels) = lengths(of: x, factors)
    func run(_ dx: UnsafeMutablePointer<Float>?, _ dfactors: UnsafeMutablePointer<Float>?) {
      x.withElements { x in
        factors.withElements { factors in
          dy.withElements { dy in
            ck_scale_channels_backward(
              batch, rows, channels, x.baseAddress, factors.baseAddress, dy.baseAddress, dx, dfactors,
              Int32(threads))
          }
        }
      }
    }
    guard needsFactors else {
      return (needsInput ? Tensor(unsafeUninitialized: x.shape) { run($0.baseAddress, nil) } : nil, nil)
    }
    var dx: Tensor?
    let dfactors = Tensor(unsafeUninitialized: factors.shape) { dfactors in
      if needsInput {
        dx = Tensor(unsafeUninitialized: x.shape) { run($0.baseAddress, dfactors.baseAddress) }
      } else {
        run(nil, dfactors.baseAddress)
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
    return Tensor(unsafeUninitialized: factors.shape) { dfactors in
      dy.withMutableElements { dy in
        x.withElements { x in
          factors.withElements { factors in
            ck_scale_channels_backward(
              batch, rows, channels, x.baseAddress, factors.baseAddress, dy.baseAddress, dy.baseAddress,
              dfactors.baseAddress, Int32(threads))
          }
        }
      }
    }
  }

  private static func lengths(of x: Tensor, _ factors: Tensor) -> (batch: Int, rows: Int, channels: Int) {
    precondition(
      x.shape.count > 1 && factors.shape == [x.shape[0], x.shape[x.shape.count - 1]],
      "Factors of shape \(factors.shape) do not fit an input of shape \(x.shape).")
    return (x.shape[0], x.shape.dropFirst().dropLast().reduce(1, *), factors.shape[1])
  }
}
