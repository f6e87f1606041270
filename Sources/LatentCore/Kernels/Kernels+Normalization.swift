import CKernels

/// Batch normalisation over the last dimension and the activation f behind it; x̂ = (x − mean)/√(variance + ε),
/// y = f(scale·x̂ + offset).
extension Kernels {
  /// What a batch normalisation does to its input; the four vectors have one number per channel each.
  struct Normalization {
    let scale: Tensor
    let offset: Tensor
    let mean: Tensor
    /// The biased variance in training, the running one in inference.
    let variance: Tensor
    let epsilon: Float
    let activation: Activation
  }

  static func batchNormTraining(
    _ x: Tensor, scale: Tensor, offset: Tensor, epsilon: Float, activation: Activation, threads: Int
  ) -> (y: Tensor, normalization: Normalization) {
    let (rows, channels) = rowsAndChannels(x, scale)
    let (kind, slope) = activation.kernelArguments
    var mean = Tensor(shape: [channels], repeating: 0)
    var variance = mean
    let y = Tensor(unsafeUninitialized: x.shape) { y in
      mean.withMutableElements { mean in
        variance.withMutableElements { variance in
          x.withElements { x in
            scale.withElements { scale in
              offset.withElements { offset in
                ck_batch_norm_training_forward(
                  kind, slope, rows, channels, epsilon, x.baseAddress, scale.baseAddress,
                  offset.baseAddress, y.baseAddress, mean.baseAddress, variance.baseAddress, Int32(threads))
              }
            }
          }
        }
      }
    }
    return (
      y,
      Normalization(
        scale: scale, offset: offset, mean: mean, variance: variance, epsilon: epsilon, activation: activation
      )
    )
  }

  static func batchNormInference(_ x: Tensor, _ normalization: Normalization, threads: Int) -> Tensor {
    let (rows, channels) = rowsAndChannels(x, normalization.scale)
    let (kind, slope) = normalization.activation.kernelArguments
    return Tensor(unsafeUninitialized: x.shape) { y in
      x.withElements { x in
        normalization.withPointers { scale, offset, mean, variance in
          ck_batch_norm_inference_forward(
            kind, slope, rows, channels, normalization.epsilon, x.baseAddress, scale, offset, mean, variance,
            y.baseAddress, Int32(threads))
        }
      }
    }
  }

  /// The cotangents of the input and, where they are needed, of the scale and the offset.
  ///
  /// In training the statistics depend on the input and the cotangent flows through them; in inference they do not.
  static func batchNormBackward(
    _ x: Tensor, _ normalization: Normalization, _ dy: Tensor, isTraining: Bool, needsVectors: Bool,
    threads: Int
  ) -> (dx: Tensor, dscale: Tensor?, doffset: Tensor?) {
    let (rows, channels) = rowsAndChannels(x, normalization.scale)
    let (kind, slope) = normalization.activation.kernelArguments
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let backward =
      isTraining ? ck_batch_norm_training_backward : ck_batch_norm_inference_backward
    func run(
      _ dx: UnsafeMutablePointer<Float>?, _ dscale: UnsafeMutablePointer<Float>?,
      _ doffset: UnsafeMutablePointer<Float>?
    ) {
      x.withElements { x in
        dy.withElements { dy in
          normalization.withPointers { scale, offset, mean, variance in
            backward(
              kind, slope, rows, channels, normalization.epsilon, x.baseAddress, scale, offset, mean,
              variance,
              dy.baseAddress, dx, dscale, doffset, Int32(threads))
          }
        }
      }
    }
    guard needsVectors else {
      return (Tensor(unsafeUninitialized: x.shape) { run($0.baseAddress, nil, nil) }, nil, nil)
    }
    var dscale = Tensor(shape: [channels], repeating: 0)
    var doffset = dscale
    let dx = Tensor(unsafeUninitialized: x.shape) { dx in
      dscale.withMutableElements { dscale in
        doffset.withMutableElements { doffset in
          run(dx.baseAddress, dscale.baseAddress, doffset.baseAddress)
        }
      }
    }
    return (dx, dscale, doffset)
  }

  private static func rowsAndChannels(_ x: Tensor, _ scale: Tensor) -> (Int, Int) {
    let channels = x.shape.last ?? 1
    precondition(
      scale.shape == [channels],
      "Batch normalisation of \(scale.shape) channels cannot take an input of shape \(x.shape).")
    return (x.count / max(channels, 1), channels)
  }
}

extension Kernels.Normalization {
  fileprivate func withPointers<Result>(
    _ body: (
      _ scale: UnsafePointer<Float>?, _ offset: UnsafePointer<Float>?, _ mean: UnsafePointer<Float>?,
      _ variance: UnsafePointer<Float>?
    ) -> Result
  ) -> Result {
    scale.withElements { scale in
      offset.withElements { offset in
        mean.withElements { mean in
          variance.withElements { variance in
            body(scale.baseAddress, offset.baseAddress, mean.baseAddress, variance.baseAddress)
          }
        }
      }
    }
  }
}
