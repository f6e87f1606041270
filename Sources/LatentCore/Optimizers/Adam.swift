/// The Adam optimizer, bias correction included.
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − rate·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε).
///
/// Source: "Adam: A Method for Stochastic Optimization", Kingma and Ba 2015.
package struct Adam: Optimizer {
  /// The step size.
  package var rate: Float
  /// The decay of the mean of gradients, and of their squares.
  package var beta1: Float, beta2: Float
  /// Keeps the quotient finite.
  package var epsilon: Float

  /// Chooses the numbers; the defaults are the paper's.
  package init(rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    (self.rate, self.beta1, self.beta2, self.epsilon) = (rate, beta1, beta2, epsilon)
  }

  package func move(
    _ parameter: inout Tensor, _ moments: inout Moments, along gradient: Tensor, step: Int, threads: Int
  ) {
    Kernels.adam(
      &parameter, moments: &moments.mean, &moments.square, gradient: gradient, rate: rate, beta1: beta1,
      beta2: beta2, epsilon: epsilon, step: step, threads: threads)
  }
}
