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
    _ x: Tensor, scale: Tensor, offset: Tensor, epsilon: Float, activation: Activation, share: BatchShare,
    threads: Int
  ) -> (y: Tensor, normalization: Normalization) {
    let (rows, channels) = rowsAndChannels(x, scale)
    let moments = share.sum(rows: rows) { rows in
      channelSums(channels) { sums in
        withPointers(to: x) { x in
          ck_batch_norm_moments(
            rows.count, channels, x.map { $0 + rows.lowerBound * channels }, sums, Int32(threads))
        }
      }
    }
    var (mean, variance) = (unwritten([channels]), unwritten([channels]))
    withMutablePointers(to: &mean, &variance) { mean, variance in
      ck_batch_norm_statistics(share.whole(rows), channels, moments, mean, variance)
    }
    let normalization = Normalization(
      scale: scale, offset: offset, mean: mean, variance: variance, epsilon: epsilon, activation: activation)
    return (batchNorm(x, normalization, threads: threads), normalization)
  }

  static func batchNorm(_ x: Tensor, _ normalization: Normalization, threads: Int) -> Tensor {
    let (rows, channels) = rowsAndChannels(x, normalization.scale)
    let (kind, slope) = normalization.activation.kernelArguments
    return Tensor(unsafeUninitialized: x.shape) { y in
      let n = normalization
      withPointers(to: x, n.scale, n.offset, n.mean, n.variance) { x, scale, offset, mean, variance in
        ck_batch_norm_forward(
          kind, slope, rows, channels, n.epsilon, x, scale, offset, mean, variance, y.baseAddress,
          Int32(threads))
      }
    }
  }

  /// The cotangents of the input and, where they are needed, of the scale and the offset.
  ///
  /// In training the statistics depend on the input and the cotangent flows through them; in inference they do not. The
  /// sums of all ranks are there then, and each hands in an equal part of the vectors' cotangents, which is exact.
  static func batchNormBackward(
    _ x: Tensor, _ normalization: Normalization, _ dy: Tensor, isTraining: Bool, needsVectors: Bool,
    share: BatchShare, threads: Int
  ) -> (dx: Tensor, dscale: Tensor?, doffset: Tensor?) {
    let (rows, channels) = rowsAndChannels(x, normalization.scale)
    let (kind, slope) = normalization.activation.kernelArguments
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let (n, shape) = (normalization, x.shape)
    return withPointers(to: x, n.scale, n.offset, n.mean, n.variance, dy) {
      x, scale, offset, mean, variance, dy in
      let sums =
        isTraining || needsVectors
        ? share.sum(rows: rows) { rows in
          let start = rows.lowerBound * channels
          return channelSums(channels) { sums in
            ck_batch_norm_gradient_sums(
              kind, slope, rows.count, channels, n.epsilon, x.map { $0 + start }, scale, offset, mean,
              variance, dy.map { $0 + start }, sums, Int32(threads))
          }
        } : []
      let dx = Tensor(unsafeUninitialized: shape) { dx in
        ck_batch_norm_backward(
          kind, slope, rows, channels, n.epsilon, x, scale, offset, mean, variance, dy,
          isTraining ? sums : nil, share.whole(rows), dx.baseAddress, Int32(threads))
      }
      if !needsVectors { return (dx, nil, nil) }
      let parts = sums.map { $0 / Double(share.ranks.count) }
      var (dscale, doffset) = (unwritten([channels]), unwritten([channels]))
      withMutablePointers(to: &dscale, &doffset) { dscale, doffset in
        ck_batch_norm_vector_gradients(channels, n.epsilon, variance, parts, dscale, doffset)
      }
      return (dx, dscale, doffset)
    }
  }

  /// Two sums for each channel.
  private static func channelSums(
    _ channels: Int, _ write: (UnsafeMutablePointer<Double>?) -> Void
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: 2 * channels) { sums, count in
      write(sums.baseAddress)
      count = 2 * channels
    }
  }

  private static func rowsAndChannels(_ x: Tensor, _ scale: Tensor) -> (Int, Int) {
    let channels = x.shape.last ?? 1
    precondition(
      scale.shape == [channels],
      "Batch normalization of \(scale.shape) channels cannot take an input of shape \(x.shape).")
    return (x.count / max(channels, 1), channels)
  }
}
