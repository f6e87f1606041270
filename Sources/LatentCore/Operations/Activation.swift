extension Variable {
  /// f(x + bias), the bias being one number per channel, the last dimension.
  ///
  /// Only the output is kept for the pullback: the derivative of each activation follows from its value.
  ///
  /// - Precondition: The bias, if there is one, has the shape [channels].
  package func activated(by activation: Activation, bias: Variable? = nil) -> Variable {
    let (threads, share) = (tape.threads, share(with: bias))
    let y = Kernels.biasActivation(value, bias: bias?.value, activation, threads: threads)
    return tape.recordSliced(self, bias, value: y) { dy, needed in
      let (dx, dbias) = Kernels.biasActivationBackward(
        y, dy, activation, needsBias: needed[1], share: share, threads: threads)
      return [dx, dbias]
    }
  }

  /// x above zero, slope·x below, the slope being one number per channel, the last dimension.
  ///
  /// Source: "Delving Deep into Rectifiers", He and others 2015.
  ///
  /// - Precondition: The slope has the shape [channels].
  package func prelu(slope: Variable) -> Variable {
    let (x, factors, threads) = (value, slope.value, tape.threads)
    let y = Kernels.prelu(x, slope: factors, threads: threads)
    return tape.record(self, slope, value: y) { dy, needed in
      let (dx, dslope) = Kernels.preluBackward(
        x, slope: factors, dy, needsSlope: needed[1], threads: threads)
      return [dx, dslope]
    }
  }
}
