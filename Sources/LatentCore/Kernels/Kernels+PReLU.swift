import CKernels

/// The rectifier with a slope for each channel.
extension Kernels {
  static func prelu(_ x: Tensor, slope: Tensor, threads: Int) -> Tensor {
    let channels = channels(of: x, with: slope)
    return Tensor(unsafeUninitialized: x.shape) { y in
      x.withElements { x in
        slope.withElements { slope in
          ck_prelu_forward(
            x.count / max(channels, 1), channels, x.baseAddress, slope.baseAddress, y.baseAddress,
            Int32(threads))
        }
      }
    }
  }

  /// The cotangents of the input and of the slope.
  static func preluBackward(
    _ x: Tensor, slope: Tensor, _ dy: Tensor, needsSlope: Bool, threads: Int
  ) -> (dx: Tensor, dslope: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let channels = channels(of: x, with: slope)
    var dslope: Tensor?
    let dx = Tensor(unsafeUninitialized: x.shape) { dx in
      x.withElements { x in
        slope.withElements { slope in
          dy.withElements { dy in
            func run(_ dslope: UnsafeMutablePointer<Float>?) {
              ck_prelu_backward(
                x.count / max(channels, 1), channels, x.baseAddress, slope.baseAddress, dy.baseAddress,
                dx.baseAddress, dslope, Int32(threads))
            }
            if needsSlope {
              dslope = Tensor(unsafeUninitialized: [channels]) { run($0.baseAddress) }
            } else {
              run(nil)
            }
          }
        }
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
