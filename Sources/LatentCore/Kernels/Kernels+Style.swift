import CKernels

/// What follows a modulated convolution of StyleGAN2.
extension Kernels {
  /// y = gain·f(demodulation ⊙ x + noise + bias), f being the leaky rectifier of slope 0.2 and the gain √2.
  struct Style {
    /// [batch, channels], above zero.
    let demodulation: Tensor
    /// [height, width], the same for all pictures.
    let noise: Tensor?
    /// [channels].
    let bias: Tensor

    fileprivate func withRecord(
      for shape: [Int], _ body: (_ style: UnsafePointer<ck_style>, _ pixels: Int) -> Void
    ) {
      let (pixels, channels) = (shape[1] * shape[2], shape[3])
      precondition(
        demodulation.shape == [shape[0], channels] && bias.shape == [channels]
          && noise?.count ?? pixels == pixels,
        "A picture of shape \(shape) cannot take demodulations \(demodulation.shape), biases \(bias.shape) and "
          + "noise \(noise?.shape ?? []).")
      withPointers(to: demodulation, noise, bias) { demodulation, noise, bias in
        var style = ck_style(
          demodulation: demodulation, noise: noise, bias: bias, slope: 0.2, gain: Float(2).squareRoot())
        body(&style, pixels)
      }
    }
  }

  /// Finishes a picture in its place.
  static func finish(_ x: inout Tensor, with style: Style, threads: Int) {
    let shape = x.shape
    style.withRecord(for: shape) { style, pixels in
      x.withMutableElements { x in
        ck_style_forward(style, shape[0], pixels, shape[3], x.baseAddress, x.baseAddress, Int32(threads))
      }
    }
  }

  /// The cotangents of the input and of the demodulation, from the output `y` and its cotangent.
  static func finishBackward(
    _ y: Tensor, _ dy: Tensor, _ style: Style, threads: Int
  ) -> (dx: Tensor, ddemodulation: Tensor) {
    precondition(y.shape == dy.shape, "An output of shape \(y.shape) has no cotangent of shape \(dy.shape).")
    let (batch, channels) = (y.shape[0], y.shape[3])
    var (dx, ddemodulation) = (unwritten(y.shape), unwritten(style.demodulation.shape))
    withMutablePointers(to: &dx, &ddemodulation) { dx, ddemodulation in
      style.withRecord(for: y.shape) { style, pixels in
        withPointers(to: y, dy) { y, dy in
          ck_style_backward(style, batch, pixels, channels, y, dy, dx, ddemodulation, Int32(threads))
        }
      }
    }
    return (dx, ddemodulation)
  }

  /// Filters pictures by [1, 3, 3, 1]/4 along both axes, with `padding` zeros on each side, and finishes them.
  static func blur(_ x: Tensor, padding: Int, finishingWith style: Style? = nil, threads: Int) -> Tensor {
    precondition(x.shape.count == 4, "Pictures are filtered, not shape \(x.shape).")
    let shape = [x.shape[0], x.shape[1] + 2 * padding - 3, x.shape[2] + 2 * padding - 3, x.shape[3]]
    return Tensor(unsafeUninitialized: shape) { y in
      func run(_ style: UnsafePointer<ck_style>?) {
        withPointers(to: x) { elements in
          ck_blur(
            shape[0], x.shape[1], x.shape[2], shape[3], padding, style, elements, y.baseAddress,
            Int32(threads))
        }
      }
      guard let style else { return run(nil) }
      style.withRecord(for: shape) { style, _ in run(style) }
    }
  }
}
