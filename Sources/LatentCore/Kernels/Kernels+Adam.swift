import CKernels

extension Kernels {
  /// One update of Adam in place; `step` counts from 1.
  static func adam(
    _ parameter: inout Tensor, moments m: inout Tensor, _ v: inout Tensor, gradient: Tensor,
    rate: Float, beta1: Float, beta2: Float, epsilon: Float, step: Int, threads: Int
  ) {
    precondition(
      parameter.shape == gradient.shape && m.shape == gradient.shape && v.shape == gradient.shape,
      "A parameter of shape \(parameter.shape) with moments \(m.shape) and \(v.shape) has no gradient of "
        + "shape \(gradient.shape).")
    let settings = ck_adam_settings(
      rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    let count = gradient.count
    withMutablePointers(to: &parameter, &m, &v) { parameter, m, v in
      withPointers(to: gradient) { gradient in
        ck_adam(count, settings, UInt64(step), gradient, parameter, m, v, Int32(threads))
      }
    }
  }
}
