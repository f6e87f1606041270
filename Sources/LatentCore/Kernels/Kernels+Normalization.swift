import CKernels

/// Batch normalization over the last dimension and the activation f behind it; x̂ = (x − mean)/√(variance + ε),
/// y = f(scale·x̂ + offset).
extension Kernels {
  /// What a batch normalization does to its input; the four vectors have one number per channel each.
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
    var (y, mean, variance) = (unwritten(x.shape), unwritten([channels]), unwritten([channels]))
    withMutablePointers(to: &y, &mean, &variance) { y, mean, variance in
      withPointers(to: x, scale, offset) { x, scale, offset in
        ck_batch_norm_training_forward(
          kind, slope, rows, channels, epsilon, x, scale, offset, y, mean, variance, Int32(threads))
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
      let n = normalization
      withPointers(to: x, n.scale, n.offset, n.mean, n.variance) { x, scale, offset, mean, variance in
        ck_batch_norm_inference_forward(
          kind, slope, rows, channels, n.epsilon, x, scale, offset, mean, variance, y.baseAddress,
          Int32(threads))
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
    var dx = unwritten(x.shape)
    var (dscale, doffset) = needsVectors ? (unwritten([channels]), unwritten([channels])) : (nil, nil)
    let n = normalization
    withMutablePointers(to: &dx, &dscale, &doffset) { dx, dscale, doffset in
      withPointers(to: x, n.scale, n.offset, n.mean, n.variance, dy) { x, scale, offset, mean, variance, dy in
        backward(
          kind, slope, rows, channels, n.epsilon, x, scale, offset, mean, variance, dy, dx, dscale, doffset,
          Int32(threads))
      }
    }
    return (dx, dscale, doffset)
  }

  private static func rowsAndChannels(_ x: Tensor, _ scale: Tensor) -> (Int, Int) {
    let channels = x.shape.last ?? 1
    precondition(
      scale.shape == [channels],
      "Batch normalization of \(scale.shape) channels cannot take an input of shape \(x.shape).")
    return (x.count / max(channels, 1), channels)
  }
}
