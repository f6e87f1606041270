import CKernels

/// How a convolution walks over a picture: its kernel, its stride and the zeros around.
package struct ConvolutionGeometry: Sendable, Equatable {
  /// Rows and columns of zeros on each side; the sides may differ.
  package struct Padding: Sendable, Equatable {
    /// Zeros above, below, to the left and to the right.
    package var top: Int, bottom: Int, left: Int, right: Int

    /// Makes a padding of four numbers.
    package init(top: Int, bottom: Int, left: Int, right: Int) {
      (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
    }
  }

  /// The length of the kernel along height and width.
  package var kernel: Int
  /// The step between two outputs along height and width.
  package var stride: Int
  /// The zeros around the input.
  package var padding: Padding

  /// Makes a geometry with a square kernel.
  package init(kernel: Int, stride: Int, padding: Padding) {
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  /// Keras's `same`: as many outputs as inputs, divided by the stride; the odd zero goes to the bottom right.
  ///
  /// A 4×4 kernel pads (1, 2) at stride 1 and (1, 1) at stride 2; a 5×5 kernel (1, 2) at stride 2. `size`, the length
  /// of the input, is a multiple of the stride.
  package static func same(kernel: Int, stride: Int, size: Int) -> Self {
    precondition(size % stride == 0, "An input of \(size) is not a multiple of the stride \(stride).")
    let total = max(kernel - stride, 0)
    let (before, after) = (total / 2, total - total / 2)
    return Self(
      kernel: kernel, stride: stride,
      padding: Padding(top: before, bottom: after, left: before, right: after))
  }

  /// PyTorch's usual padding: half the kernel, rounded down, on each side.
  package static func centered(kernel: Int, stride: Int) -> Self {
    let half = kernel / 2
    return Self(
      kernel: kernel, stride: stride, padding: Padding(top: half, bottom: half, left: half, right: half))
  }

  /// The number of outputs along an axis of `size` inputs.
  func outputSize(_ size: Int, before: Int, after: Int) -> Int {
    (size + before + after - kernel) / stride + 1
  }

  /// The kernel's description of a convolution from an input of shape `x` to `outChannels`.
  func shape(from x: [Int], to outChannels: Int) -> ck_convolution {
    let height = outputSize(x[1], before: padding.top, after: padding.bottom)
    let width = outputSize(x[2], before: padding.left, after: padding.right)
    precondition(height > 0 && width > 0, "A kernel of \(kernel) does not fit on an input of shape \(x).")
    return ck_convolution(
      batch: x[0], in_height: x[1], in_width: x[2], in_channels: x[3], out_height: height, out_width: width,
      out_channels: outChannels, kernel_height: kernel, kernel_width: kernel, stride_height: stride,
      stride_width: stride, pad_top: padding.top, pad_left: padding.left)
  }
}

extension ck_convolution {
  fileprivate var inputShape: [Int] { [batch, in_height, in_width, in_channels] }
  var outputShape: [Int] { [batch, out_height, out_width, out_channels] }
  fileprivate var filterShape: [Int] { [kernel_height, kernel_width, in_channels, out_channels] }

  /// Where some of the images begin.
  func starts(of images: Range<Int>) -> (input: Int, output: Int) {
    (
      images.lowerBound * inputShape.dropFirst().reduce(1, *),
      images.lowerBound * outputShape.dropFirst().reduce(1, *)
    )
  }
}

/// The convolution triad on NHWC activations and filters [kernel, kernel, in, out].
///
/// Forward and backward-input end with f(sum + bias). The algorithm is the one that is fastest for the shape, and the
/// filter is packed for it once, until it changes. Where `ranks` have as large a batch each, it is chosen for all of it.
extension Kernels {
  static func convolution(
    _ x: Tensor, _ w: Tensor, _ geometry: ConvolutionGeometry, bias: Tensor? = nil,
    activation: Activation = .identity, ranks: Int = 1, threads: Int
  ) -> Tensor {
    precondition(
      x.shape.count == 4 && w.shape.count == 4 && x.shape[3] == w.shape[2] && w.shape[0] == geometry.kernel
        && w.shape[1] == geometry.kernel,
      "A convolution with a \(geometry.kernel)×\(geometry.kernel) kernel cannot take an input of shape "
        + "\(x.shape) and a filter of shape \(w.shape).")
    let shape = geometry.shape(from: x.shape, to: w.shape[3])
    return multiply(CK_FORWARD, shape, x, w, bias, activation, resultShape: shape.outputShape, ranks, threads)
  }

  /// The input's cotangent, which is also a transposed convolution of `dy`; `inputShape` resolves the rounding.
  static func convolutionBackwardInput(
    _ dy: Tensor, _ w: Tensor, _ geometry: ConvolutionGeometry, inputShape: [Int], bias: Tensor? = nil,
    activation: Activation = .identity, ranks: Int = 1, threads: Int
  ) -> Tensor {
    let shape = geometry.shape(from: inputShape, to: w.shape[3])
    precondition(
      shape.outputShape == dy.shape && shape.filterShape == w.shape,
      "A convolution from \(inputShape) has outputs of shape \(shape.outputShape) and a filter of shape "
        + "\(shape.filterShape), not \(dy.shape) and \(w.shape).")
    return multiply(
      CK_BACKWARD_INPUT, shape, dy, w, bias, activation, resultShape: inputShape, ranks, threads)
  }

  /// The filter's cotangent by some of the images.
  static func convolutionBackwardFilter(
    _ x: Tensor, _ dy: Tensor, _ geometry: ConvolutionGeometry, images: Range<Int>, threads: Int
  ) -> Tensor {
    var shape = geometry.shape(from: x.shape, to: dy.shape[3])
    precondition(
      shape.outputShape == dy.shape,
      "A convolution from \(x.shape) has outputs of shape \(shape.outputShape), not \(dy.shape).")
    let starts = shape.starts(of: images)
    shape.batch = images.count
    return Tensor(unsafeUninitialized: shape.filterShape) { dw in
      withPointers(to: x, dy) { x, dy in
        let algorithm = ck_convolution_choose(&shape, CK_BACKWARD_FILTER)
        ck_convolution_backward_filter(
          &shape, algorithm, x.map { $0 + starts.input }, dy.map { $0 + starts.output }, dw.baseAddress,
          Int32(threads))
      }
    }
  }

  private static func multiply(
    _ pass: ck_pass, _ shape: ck_convolution, _ source: Tensor, _ w: Tensor, _ bias: Tensor?,
    _ activation: Activation, resultShape: [Int], _ ranks: Int, _ threads: Int
  ) -> Tensor {
    precondition(
      bias?.shape ?? [resultShape[3]] == [resultShape[3]],
      "A bias of shape \(bias?.shape ?? []) does not fit a result of shape \(resultShape).")
    var (shape, whole) = (shape, shape)
    whole.batch *= ranks
    let algorithm = ck_convolution_choose(&whole, pass)
    let form = Tensor.PackedForm(
      pass: pass.rawValue, algorithm: algorithm.rawValue, stride: shape.stride_height, top: shape.pad_top,
      left: shape.pad_left)
    let filter = w.storage.packed(form, count: ck_convolution_filter_count(&shape, pass, algorithm)) {
      filter in
      withPointers(to: w) { ck_convolution_pack(&shape, pass, algorithm, $0, filter, Int32(threads)) }
    }
    let run = pass == CK_FORWARD ? ck_convolution_forward : ck_convolution_backward_input
    let (kind, slope) = activation.kernelArguments
    return Tensor(unsafeUninitialized: resultShape) { result in
      withPointers(to: source, bias) { source, bias in
        run(
          &shape, algorithm, source, filter.elements.baseAddress, bias, kind, slope, result.baseAddress,
          Int32(threads))
      }
      withExtendedLifetime(filter) {}
    }
  }
}
