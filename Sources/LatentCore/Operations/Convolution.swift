extension Variable {
  /// The convolution of an NHWC picture with a filter.
  ///
  /// y[b, i, j, o] = Σ x[b, i·s + p − top, j·s + q − left, c] · w[p, q, c, o]; x is [batch, height, width, in], w is
  /// [kernel, kernel, in, out].
  ///
  /// - Precondition: Both have four dimensions that agree with each other and with the geometry.
  /// - Complexity: batch · outputs · kernel² · in · out multiplications; as many for each of the two cotangents.
  public func convolved(with w: Variable, _ geometry: ConvolutionGeometry) -> Variable {
    let (x, filter, threads) = (value, w.value, tape.threads)
    let y = Kernels.convolution(x, filter, geometry, threads: threads)
    return tape.record(
      self, w,
      operation: Operation(value: y) { dy, needed in
        [
          needed[0]
            ? Kernels.convolutionBackwardInput(dy, filter, geometry, inputShape: x.shape, threads: threads)
            : nil,
          needed[1] ? Kernels.convolutionBackwardFilter(x, dy, geometry, threads: threads) : nil,
        ]
      })
  }

  /// The transposed convolution: the adjoint of ``convolved(with:_:)`` in its input.
  ///
  /// x is [batch, height, width, in] and w is [kernel, kernel, out, in], the filter of the mirrored convolution; the
  /// output's height is (height − 1)·stride + kernel − top − bottom.
  ///
  /// - Precondition: Both have four dimensions that agree with each other and with the geometry.
  public func transposeConvolved(with w: Variable, _ geometry: ConvolutionGeometry) -> Variable {
    let (x, filter, threads) = (value, w.value, tape.threads)
    precondition(
      x.shape.count == 4 && filter.shape.count == 4,
      "A transposed convolution cannot take shapes \(x.shape) and \(filter.shape).")
    let (padding, reach) = (geometry.padding, geometry.kernel - geometry.stride)
    let outputShape = [
      x.shape[0], x.shape[1] * geometry.stride + reach - padding.top - padding.bottom,
      x.shape[2] * geometry.stride + reach - padding.left - padding.right, filter.shape[2],
    ]
    let y = Kernels.convolutionBackwardInput(
      x, filter, geometry, inputShape: outputShape, threads: threads)
    return tape.record(
      self, w,
      operation: Operation(value: y) { dy, needed in
        [
          needed[0] ? Kernels.convolution(dy, filter, geometry, threads: threads) : nil,
          needed[1] ? Kernels.convolutionBackwardFilter(dy, x, geometry, threads: threads) : nil,
        ]
      })
  }
}
