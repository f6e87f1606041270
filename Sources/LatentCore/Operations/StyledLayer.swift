extension Variable {
  /// What divides the outputs of a convolution whose inputs were multiplied by `self`, so that they keep unit variance.
  ///
  /// d[b, o] = 1/√(Σ s[b, i]²·q[i, o] + 1e-8) for s [batch, in], q being the sums of the squares of each filter's taps.
  ///
  /// Source: "Analyzing and Improving the Image Quality of StyleGAN", Karras and others 2020, equation 3.
  ///
  /// - Precondition: q is [in, out].
  public func demodulation(ofSquares q: Tensor) -> Variable {
    let (s, threads) = (value, tape.threads)
    let d = s.demodulation(ofSquares: q)
    return tape.record(
      self,
      operation: Operation(value: d) { dd, _ in
        // ∂d/∂s = −d³·q·s
        let pulled = dd.mapped(with: d) { -$0 * $1 * $1 * $1 }
        let sums = Kernels.matrixProduct(pulled, q, transposingSecond: true, threads: threads)
        return [sums.mapped(with: s) { $0 * $1 }]
      })
  }

  /// A styled layer of StyleGAN2: a modulated convolution, doubled in size or not, with what follows it.
  ///
  /// u = (s ⊙ x) ∗ w with zeros around that keep the size; a layer that doubles the size is the transposed convolution
  /// of stride 2, filtered by [1, 3, 3, 1]/4 along both axes. Then y = √2·f(d ⊙ u + noise + bias) with the leaky rectifier
  /// f of slope 0.2. The weights are constants: packed once, they serve all styles. Of all this only x and y are kept.
  ///
  /// Source: "Analyzing and Improving the Image Quality of StyleGAN", Karras and others 2020, section 2.2, with the
  /// channels scaled instead of the weights.
  ///
  /// - Parameters:
  ///   - styles: s, [batch, in].
  ///   - demodulation: d, [batch, out], above zero.
  ///   - filter: w, [3, 3, in, out], of a doubling layer [3, 3, out, in].
  ///   - noise: [height, width] of the output, the same for all images, or nil.
  ///   - bias: [out].
  ///   - doubling: Whether the output is twice as high and wide.
  /// - Returns: y, [batch, height, width, out].
  /// - Precondition: The shapes agree; self is [batch, height, width, in].
  public func styled(
    by styles: Variable, demodulation: Variable, filter: Tensor, noise: Tensor?, bias: Tensor, doubling: Bool
  ) -> Variable {
    let (x, s, threads) = (value, styles.value, tape.threads)
    let style = Kernels.Style(demodulation: demodulation.value, noise: noise, bias: bias)
    let geometry = doubling ? ConvolutionGeometry.doubling : .keeping
    // Larger by one than twice the input: the filter behind it takes that away.
    let sum = [x.shape[0], 2 * x.shape[1] + 1, 2 * x.shape[2] + 1, bias.count]
    let scaled = Kernels.scaleChannels(x, byEach: s, threads: threads)
    var y: Tensor
    if doubling {
      y = Kernels.convolutionBackwardInput(scaled, filter, geometry, inputShape: sum, threads: threads)
      y = Kernels.blur(y, padding: 1, finishingWith: style, threads: threads)
    } else {
      y = Kernels.convolution(scaled, filter, geometry, threads: threads)
      Kernels.finish(&y, with: style, threads: threads)
    }
    let result = y
    return tape.record(
      self, styles, demodulation,
      operation: Operation(value: result) { dy, _ in
        var (du, dd) = Kernels.finishBackward(result, dy, style, threads: threads)
        if doubling { du = Kernels.blur(du, padding: 2, threads: threads) }
        // In place, as images may be large.
        var dx =
          doubling
          ? Kernels.convolution(du, filter, geometry, threads: threads)
          : Kernels.convolutionBackwardInput(du, filter, geometry, inputShape: x.shape, threads: threads)
        let ds = Kernels.pullThroughScaling(&dx, of: x, byEach: s, threads: threads)
        return [dx, ds, dd]
      })
  }

  /// The colors that an image's channels make: y[b, …, o] = Σ s[b, i]·w[i, o]·x[b, …, i] + bias[o].
  ///
  /// StyleGAN2's modulated convolution of 1×1 without demodulation: the styles go into the weights, which are small.
  ///
  /// - Precondition: self is [batch, height, width, in], the styles are [batch, in], w is [in, out] and the bias [out].
  public func colored(by styles: Variable, weight w: Tensor, bias: Tensor) -> Variable {
    let (x, s, threads) = (value, styles.value, tape.threads)
    let (channels, colors) = (w.shape[0], w.shape[1])
    let pixels = x.reshaped(to: [x.shape[0], x.shape[1] * x.shape[2], channels])
    let transposed = w.permuted([1, 0]).reshaped(to: [1, colors, channels])
    let unscaled = Tensor.concatenated([Tensor](repeating: transposed, count: s.shape[0]))
    let weights = Kernels.scaleChannels(unscaled, byEach: s, threads: threads)  // [batch, out, in]
    let sums = Kernels.matrixProducts(pixels, weights, transposingSecond: true, threads: threads)
    let shape = x.shape.dropLast() + [colors]
    let y = Kernels.biasActivation(
      sums.reshaped(to: Array(shape)), bias: bias, .identity, threads: threads)
    return tape.record(
      self, styles,
      operation: Operation(value: y) { dy, needed in
        let dsums = dy.reshaped(to: sums.shape)
        let dx = needed[0] ? Kernels.matrixProducts(dsums, weights, threads: threads) : nil
        guard needed[1] else { return [dx?.reshaped(to: x.shape), nil] }
        let dweights = Kernels.matrixProducts(dsums, pixels, transposingFirst: true, threads: threads)
        let (_, ds) = Kernels.scaleChannelsBackward(
          unscaled, byEach: s, dweights, needsInput: false, needsFactors: true, threads: threads)
        return [dx?.reshaped(to: x.shape), ds]
      })
  }

  /// Images of twice the size: zeros between the pixels, filtered by [1, 3, 3, 1]/4 along both axes.
  ///
  /// - Precondition: self is [batch, height, width, channels].
  public func doubledSmoothly() -> Variable {
    resampled(rows: .smoothDoubling(of: shape[1]), columns: .smoothDoubling(of: shape[2]))
  }
}

extension ConvolutionGeometry {
  /// 3×3 with a zero around: the size stays.
  fileprivate static let keeping = ConvolutionGeometry(
    kernel: 3, stride: 1, padding: Padding(top: 1, bottom: 1, left: 1, right: 1))
  /// 3×3 of stride 2; transposed, it makes 2n + 1 of n.
  fileprivate static let doubling = ConvolutionGeometry(
    kernel: 3, stride: 2, padding: Padding(top: 0, bottom: 0, left: 0, right: 0))
}

extension Tensor {
  /// 1/√(Σ s²·q + 1e-8), summed in double: the rounding of one number here would be that of a whole channel.
  fileprivate func demodulation(ofSquares q: Tensor) -> Tensor {
    let (inputs, outputs) = (q.shape[0], q.shape[1])
    precondition(
      shape.count == 2 && shape[1] == inputs,
      "Styles of shape \(shape) do not fit sums of squares of shape \(q.shape).")
    return Tensor(unsafeUninitialized: [shape[0], outputs]) { d in
      var sums = [Double](repeating: 0, count: outputs)
      withElements { s in
        q.withElements { q in
          for row in 0..<shape[0] {
            for o in 0..<outputs { sums[o] = 1e-8 }
            for i in 0..<inputs {
              let square = Double(s[row * inputs + i]) * Double(s[row * inputs + i])
              for o in 0..<outputs { sums[o] += square * Double(q[i * outputs + o]) }
            }
            for o in 0..<outputs { d[row * outputs + o] = Float(1 / sums[o].squareRoot()) }
          }
        }
      }
    }
  }

  /// A function of each element and of that at the same place of another tensor: of styles, not of images.
  fileprivate func mapped(with other: Tensor, _ function: (Float, Float) -> Float) -> Tensor {
    Tensor(shape: shape, elements: zip(elements, other.elements).map(function))
  }
}
