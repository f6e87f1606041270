extension Variable {
  /// What batch normalization of a batch returns: the output and the statistics it was made with.
  package struct BatchNormalized {
    /// f(scale·(x − mean)/√(variance + ε) + offset).
    package let output: Variable
    /// The mean of each channel over the batch.
    package let mean: Tensor
    /// The biased variance of each channel over the batch.
    package let variance: Tensor
  }

  /// Batch normalization through the batch's own statistics, over all dimensions but the last, and an activation f.
  ///
  /// Only the input is kept for the pullback: what else it needs follows from it. The batch is all that ranks share.
  ///
  /// Source: "Batch Normalization", Ioffe and Szegedy 2015, algorithm 1.
  ///
  /// - Precondition: Scale and offset have the shape [channels].
  package func batchNormalized(
    scale: Variable, offset: Variable, epsilon: Float, activation: Activation
  ) -> BatchNormalized {
    let (x, threads) = (value, tape.threads)
    let (y, normalization) = Kernels.batchNormTraining(
      x, scale: scale.value, offset: offset.value, epsilon: epsilon, activation: activation,
      share: share, threads: threads)
    let output = recordNormalization(y, scale, offset, normalization, isTraining: true)
    return BatchNormalized(output: output, mean: normalization.mean, variance: normalization.variance)
  }

  /// Batch normalization with given statistics, an affine function of the input, and an activation.
  ///
  /// - Precondition: All four vectors have the shape [channels].
  package func normalized(
    scale: Variable, offset: Variable, mean: Tensor, variance: Tensor, epsilon: Float,
    activation: Activation
  ) -> Variable {
    let (x, threads) = (value, tape.threads)
    let normalization = Kernels.Normalization(
      scale: scale.value, offset: offset.value, mean: mean, variance: variance, epsilon: epsilon,
      activation: activation)
    let y = Kernels.batchNorm(x, normalization, threads: threads)
    return recordNormalization(y, scale, offset, normalization, isTraining: false)
  }

  /// Each channel, the last dimension, multiplied by its factor.
  ///
  /// - Precondition: The factors have the shape [channels].
  package func scaledChannels(by factors: Variable) -> Variable {
    // A normalization of mean 0 and variance 1 divides by 1 exactly.
    let zero = Tensor(shape: factors.shape, repeating: 0)
    return normalized(
      scale: factors, offset: tape.constant(zero), mean: zero,
      variance: Tensor(shape: factors.shape, repeating: 1), epsilon: 0, activation: .identity)
  }

  private func recordNormalization(
    _ y: Tensor, _ scale: Variable, _ offset: Variable, _ normalization: Kernels.Normalization,
    isTraining: Bool
  ) -> Variable {
    let (x, threads, share) = (value, tape.threads, share)
    return tape.recordSliced(self, scale, offset, value: y) { dy, needed in
      let (dx, dscale, doffset) = Kernels.batchNormBackward(
        x, normalization, dy, isTraining: isTraining, needsVectors: needed[1] || needed[2], share: share,
        threads: threads)
      return [dx, dscale, doffset]
    }
  }
}
