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
public struct Ranger: Sendable {
  /// The numbers of the method.
  public struct Settings: Sendable, Equatable, Codable {
    /// The step size.
    public var rate: Float
    /// The decay of the mean of gradients, and of their squares.
    public var beta1: Float, beta2: Float
    /// Keeps the quotient finite.
    public var epsilon: Float
    /// What ρₜ has to exceed before steps are divided by √v; at least 4.
    public var threshold: Float
    /// How many updates the slow weights wait.
    public var period: Int
    /// How far they then follow.
    public var share: Float

    /// Makes settings; the defaults are those of the published program.
    public init(
      rate: Float, beta1: Float = 0.95, beta2: Float = 0.999, epsilon: Float = 1e-5, threshold: Float = 5,
      period: Int = 6, share: Float = 0.5
    ) {
      (self.rate, self.beta1, self.beta2, self.epsilon) = (rate, beta1, beta2, epsilon)
      (self.threshold, self.period, self.share) = (threshold, period, share)
    }
  }

  /// The numbers of the method; a schedule may change the rate between updates.
  public var settings: Settings
  /// How many updates were made.
  public private(set) var step = 0
  private var means = Parameters()
  private var squares = Parameters()
  private var slow = Parameters()

  /// Makes an optimizer that has seen nothing.
  ///
  /// - Precondition: The threshold is at least 4 and the period at least 1.
  public init(_ settings: Settings) {
    precondition(
      settings.threshold >= 4 && settings.period >= 1,
      "Ranger takes a threshold of at least 4 and a period of at least 1, not \(settings.threshold) and "
        + "\(settings.period).")
    self.settings = settings
  }

  /// Moves each parameter that has a gradient.
  ///
  /// - Precondition: Each gradient has the path and shape of a parameter.
  public mutating func update(_ parameters: inout Parameters, gradients: [String: Tensor], threads: Int) {
    step += 1
    for (path, gradient) in gradients {
      // Taken out of their collections, the tensors are changed where they are; left in, they would be copied.
      guard var parameter = parameters[path].take() else {
        preconditionFailure("There is a gradient for “\(path)” but no such parameter.")
      }
      var mean = means[path].take() ?? Tensor(shape: gradient.shape, repeating: 0)
      var square = squares[path].take() ?? Tensor(shape: gradient.shape, repeating: 0)
      var anchor = slow[path].take() ?? parameter
      Kernels.rectifiedAdam(
        &parameter, moments: &mean, &square, gradient: Kernels.centralized(gradient, threads: threads),
        settings: settings, step: step, threads: threads)
      if step.isMultiple(of: settings.period) {
        Kernels.interpolate(&anchor, toward: parameter, decay: 1 - settings.share, threads: threads)
        parameter = anchor
      }
      parameters[path] = parameter
      means[path] = mean
      squares[path] = square
      slow[path] = anchor
    }
  }

  /// The moments and the slow weights by path, for a checkpoint.
  public var moments: Parameters {
    var result = means.prefixed(with: "mean.")
    result.merge(squares.prefixed(with: "square."))
    result.merge(slow.prefixed(with: "slow."))
    return result
  }

  /// Continues from a checkpoint.
  public mutating func restore(step: Int, moments: Parameters) {
    self.step = step
    means = moments.removingPrefix("mean.")
    squares = moments.removingPrefix("square.")
    slow = moments.removingPrefix("slow.")
  }
}
