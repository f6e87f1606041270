import CKernels

/// The convolution of each channel with a filter of its own, [kernel, kernel, channels].
extension Kernels {
  static func depthwiseConvolution(
    _ x: Tensor, _ w: Tensor, _ geometry: ConvolutionGeometry, bias: Tensor? = nil,
    activation: Activation = .identity, threads: Int
  ) -> Tensor {
    precondition(
      x.shape.count == 4 && w.shape == [geometry.kernel, geometry.kernel, x.shape[3]],
      "A depthwise convolution with a \(geometry.kernel)×\(geometry.kernel) kernel cannot take an input of shape "
        + "\(x.shape) and a filter of shape \(w.shape).")
    precondition(
      bias?.shape ?? [x.shape[3]] == [x.shape[3]],
      "A bias of shape \(bias?.shape ?? []) does not fit an input of shape \(x.shape).")
    var shape = geometry.shape(from: x.shape, to: x.shape[3])
    let (kind, slope) = activation.kernelArguments
    return Tensor(unsafeUninitialized: shape.outputShape) { y in
      withPointers(to: x, w, bias) { x, w, bias in
        ck_depthwise_forward(&shape, x, w, bias, kind, slope, y.baseAddress, Int32(threads))
      }
    }
  }

  /// The input's cotangent; `inputShape` resolves the rounding.
  static func depthwiseConvolutionBackwardInput(
    _ dy: Tensor, _ w: Tensor, _ geometry: ConvolutionGeometry, inputShape: [Int], threads: Int
  ) -> Tensor {
    var shape = checkedShape(geometry, from: inputShape, dy)
    return Tensor(unsafeUninitialized: inputShape) { dx in
      withPointers(to: dy, w) { dy, w in
        ck_depthwise_backward_input(&shape, dy, w, dx.baseAddress, Int32(threads))
      }
    }
  }

  /// The filter's cotangent by some of the images.
  static func depthwiseConvolutionBackwardFilter(
    _ x: Tensor, _ dy: Tensor, _ geometry: ConvolutionGeometry, images: Range<Int>, threads: Int
  ) -> Tensor {
    var shape = checkedShape(geometry, from: x.shape, dy)
    let starts = shape.starts(of: images)
    shape.batch = images.count
    return Tensor(unsafeUninitialized: [geometry.kernel, geometry.kernel, x.shape[3]]) { dw in
      withPointers(to: x, dy) { x, dy in
        ck_depthwise_backward_filter(
          &shape, x.map { $0 + starts.input }, dy.map { $0 + starts.output }, dw.baseAddress, Int32(threads))
      }
    }
  }

  private static func checkedShape(
    _ geometry: ConvolutionGeometry, from x: [Int], _ dy: Tensor
  ) -> ck_convolution {
    let shape = geometry.shape(from: x, to: x[3])
    precondition(
      shape.outputShape == dy.shape,
      "A depthwise convolution from \(x) has outputs of shape \(shape.outputShape), not \(dy.shape).")
    return shape
  }
}
