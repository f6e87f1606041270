extension Variable {
  /// The convolution of an NHWC image with a filter, then a bias and an activation.
  ///
  /// y[b, i, j, o] = f(Σ x[b, i·s + p − top, j·s + q − left, c] · w[p, q, c, o] + bias[o]); x is
  /// [batch, height, width, in], w is [kernel, kernel, in, out]. Only the output is kept for the activation's
  /// derivative.
  ///
  /// - Precondition: Both have four dimensions that agree with each other and with the geometry; the bias, if there is
  ///   one, has the shape [out].
  /// - Complexity: batch · outputs · kernel² · in · out multiplications, or fewer; as many for each of the two
  ///   cotangents.
  package func convolved(
    with w: Variable, _ geometry: ConvolutionGeometry, bias: Variable? = nil,
    activation: Activation = .identity
  ) -> Variable {
    let (x, filter, threads, share) = (value, w.value, tape.threads, share(with: w))
    let ranks = self.share.ranks.count
    let y = Kernels.convolution(
      x, filter, geometry, bias: bias?.value, activation: activation, ranks: ranks, threads: threads)
    return record(y, w, bias, activation) { dy, needed in
      (
        needed.input
          ? Kernels.convolutionBackwardInput(
            dy, filter, geometry, inputShape: x.shape, ranks: ranks, threads: threads)
          : nil,
        needed.filter
          ? share.ownSum(rows: x.shape[0], threads: threads) {
            Kernels.convolutionBackwardFilter(x, dy, geometry, images: $0, threads: threads)
          } : nil
      )
    }
  }

  /// The transposed convolution, the adjoint of ``convolved(with:_:bias:activation:)`` in its input, then a bias and
  /// an activation.
  ///
  /// x is [batch, height, width, in] and w is [kernel, kernel, out, in], the filter of the mirrored convolution; the
  /// output's height is (height − 1)·stride + kernel − top − bottom.
  ///
  /// - Precondition: Both have four dimensions that agree with each other and with the geometry; the bias, if there is
  ///   one, has the shape [out].
  package func transposeConvolved(
    with w: Variable, _ geometry: ConvolutionGeometry, bias: Variable? = nil,
    activation: Activation = .identity
  ) -> Variable {
    let (x, filter, threads, share) = (value, w.value, tape.threads, share(with: w))
    let ranks = self.share.ranks.count
    precondition(
      x.shape.count == 4 && filter.shape.count == 4,
      "A transposed convolution cannot take shapes \(x.shape) and \(filter.shape).")
    let (padding, reach) = (geometry.padding, geometry.kernel - geometry.stride)
    let outputShape = [
      x.shape[0], x.shape[1] * geometry.stride + reach - padding.top - padding.bottom,
      x.shape[2] * geometry.stride + reach - padding.left - padding.right, filter.shape[2],
    ]
    let y = Kernels.convolutionBackwardInput(
      x, filter, geometry, inputShape: outputShape, bias: bias?.value, activation: activation, ranks: ranks,
      threads: threads)
    return record(y, w, bias, activation) { dy, needed in
      (
        needed.input ? Kernels.convolution(dy, filter, geometry, ranks: ranks, threads: threads) : nil,
        needed.filter
          ? share.ownSum(rows: x.shape[0], threads: threads) {
            Kernels.convolutionBackwardFilter(dy, x, geometry, images: $0, threads: threads)
          } : nil
      )
    }
  }

  /// The convolution of each channel of an NHWC image with a filter of its own, then a bias and an activation.
  ///
  /// y[b, i, j, c] = f(Σ x[b, i·s + p − top, j·s + q − left, c] · w[p, q, c] + bias[c]); x is
  /// [batch, height, width, channels], w is [kernel, kernel, channels].
  ///
  /// - Precondition: The dimensions agree with each other and with the geometry; the bias, if there is one, has the
  ///   shape [channels].
  /// - Complexity: batch · outputs · kernel² · channels multiplications; as many for each of the two cotangents.
  package func depthwiseConvolved(
    with w: Variable, _ geometry: ConvolutionGeometry, bias: Variable? = nil,
    activation: Activation = .identity
  ) -> Variable {
    let (x, filter, threads, share) = (value, w.value, tape.threads, share(with: w))
    let y = Kernels.depthwiseConvolution(
      x, filter, geometry, bias: bias?.value, activation: activation, threads: threads)
    return record(y, w, bias, activation) { dy, needed in
      (
        needed.input
          ? Kernels.depthwiseConvolutionBackwardInput(
            dy, filter, geometry, inputShape: x.shape, threads: threads) : nil,
        needed.filter
          ? share.ownSum(rows: x.shape[0], threads: threads) {
            Kernels.depthwiseConvolutionBackwardFilter(x, dy, geometry, images: $0, threads: threads)
          } : nil
      )
    }
  }

  /// Records f(A(x, w) + bias) = y, A being linear in the input and in the filter; `pullback` is that of A.
  private func record(
    _ y: Tensor, _ w: Variable, _ bias: Variable?, _ activation: Activation,
    pullback: @escaping (_ cotangent: Tensor, _ needed: (input: Bool, filter: Bool)) -> (Tensor?, Tensor?)
  ) -> Variable {
    let (threads, share) = (tape.threads, share(with: bias))
    let isLinear = bias == nil && activation == .identity
    return tape.recordSliced(self, w, bias, value: y) { dy, needed in
      let (inner, dbias) =
        isLinear
        ? (dy, nil)
        : Kernels.biasActivationBackward(
          y, dy, activation, needsBias: needed[2], share: share, threads: threads)
      let (dx, dw) = pullback(inner, (needed[0], needed[1]))
      return [dx, dw, dbias]
    }
  }
}
