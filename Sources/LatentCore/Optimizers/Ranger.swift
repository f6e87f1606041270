/// The Ranger optimizer: RAdam with Lookahead and centralized gradients.
///
/// The gradient of a tensor of two or more dimensions first loses its mean for each output, which is the last
/// dimension here and the first in PyTorch. Then with m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², ρ = 2/(1 − β₂) − 1 and
/// ρₜ = ρ − 2t·β₂ᵗ/(1 − β₂ᵗ):
///
/// - p ← p − rate·√((1 − β₂ᵗ)·(ρₜ − 4)(ρₜ − 2)ρ/((ρ − 4)(ρ − 2)ρₜ))/(1 − β₁ᵗ)·m/(√v + ε) where ρₜ is above the threshold,
/// - p ← p − rate/(1 − β₁ᵗ)·m before.
///
/// After each `period` updates the slow weights s, which begin as the parameters, follow: s ← s + share·(p − s), p ← s.
///
/// Source: Liu and others 2020 (RAdam), Zhang and others 2019 (Lookahead), Yong and others 2020 (gradient
/// centralization), combined as in lessw2020's Ranger, which trains the mappers of StyleCLIP and e4e.
package struct Ranger: Optimizer {
  /// The step size.
  package var rate: Float
  /// The decay of the mean of gradients, and of their squares.
  package var beta1: Float, beta2: Float
  /// Keeps the quotient finite.
  package var epsilon: Float
  /// What ρₜ has to exceed before steps are divided by √v; at least 4.
  package var threshold: Float
  /// How many updates the slow weights wait; at least 1.
  package var period: Int
  /// How far they then follow.
  package var share: Float

  /// Chooses the numbers; the defaults are those of the published program.
  package init(
    rate: Float, beta1: Float = 0.95, beta2: Float = 0.999, epsilon: Float = 1e-5, threshold: Float = 5,
    period: Int = 6, share: Float = 0.5
  ) {
    (self.rate, self.beta1, self.beta2, self.epsilon) = (rate, beta1, beta2, epsilon)
    (self.threshold, self.period, self.share) = (threshold, period, share)
  }

  package func move(
    _ parameter: inout Tensor, _ moments: inout Moments, along gradient: Tensor, step: Int, threads: Int
  ) {
    precondition(
      threshold >= 4 && period >= 1,
      "Ranger takes a threshold of at least 4 and a period of at least 1, not \(threshold) and \(period).")
    // Taken out, the tensor is changed where it is.
    var slow = moments.slow.take() ?? parameter
    Kernels.rectifiedAdam(
      &parameter, moments: &moments.mean, &moments.square,
      gradient: Kernels.centralized(gradient, threads: threads), rate: rate, beta1: beta1, beta2: beta2,
      epsilon: epsilon, threshold: threshold, step: step, threads: threads)
    if step.isMultiple(of: period) {
      Kernels.interpolate(&slow, toward: parameter, decay: 1 - share, threads: threads)
      parameter = slow
    }
    moments.slow = slow
  }
}
