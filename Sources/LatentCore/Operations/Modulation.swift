extension Variable {
  /// Each channel of each image multiplied by a factor of its own: y[b, …, c] = x[b, …, c]·factors[b, c].
  ///
  /// x is [batch, …, channels]. The modulation of StyleGAN2 and the gates of squeeze and excitation.
  ///
  /// - Precondition: The factors have the shape [batch, channels].
  public func scaledChannels(byEach factors: Variable) -> Variable {
    let (x, scales, threads) = (value, factors.value, tape.threads)
    return tape.record(
      self, factors,
      operation: Operation(value: Kernels.scaleChannels(x, byEach: scales, threads: threads)) { dy, needed in
        let (dx, dfactors) = Kernels.scaleChannelsBackward(
          x, byEach: scales, dy, needsInput: needed[0], needsFactors: needed[1], threads: threads)
        return [dx, dfactors]
      })
  }
}
