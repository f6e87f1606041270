import CKernels

extension Kernels {
  /// One update of RAdam in place; `step` counts from 1.
  static func rectifiedAdam(
    _ parameter: inout Tensor, moments m: inout Tensor, _ v: inout Tensor, gradient: Tensor,
    rate: Float, beta1: Float, beta2: Float, epsilon: Float, threshold: Float, step: Int, threads: Int
  ) {
    precondition(
      parameter.shape == gradient.shape && m.shape == gradient.shape && v.shape == gradient.shape,
      "A parameter of shape \(parameter.shape) with moments \(m.shape) and \(v.shape) has no gradient of "
        + "shape \(gradient.shape).")
    let moments = ck_adam_settings(
      rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    let count = gradient.count
    withMutablePointers(to: &parameter, &m, &v) { parameter, m, v in
      withPointers(to: gradient) { gradient in
        ck_rectified_adam(
          count, moments, threshold, UInt64(step), gradient, parameter, m, v, Int32(threads))
      }
    }
  }

  /// The gradient of a weight less its mean for each output, the last dimension; a vector is returned as it is.
  static func centralized(_ gradient: Tensor, threads: Int) -> Tensor {
    guard gradient.shape.count > 1, let outputs = gradient.shape.last, gradient.count > 0 else {
      return gradient
    }
    let rows = gradient.count / outputs
    let shares = Tensor(shape: [1, rows], repeating: -1 / Float(rows))
    let means = matrixProduct(shares, gradient.reshaped(to: [rows, outputs]), threads: threads)
    return biasActivation(gradient, bias: means.reshaped(to: [outputs]), .identity, threads: threads)
  }
}
