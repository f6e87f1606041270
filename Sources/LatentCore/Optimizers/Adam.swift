/// The Adam optimizer with its moments (Kingma and Ba 2015), bias correction included.
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − rate·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε).
public struct Adam: Sendable {
  /// The four numbers of the method.
  public struct Settings: Sendable, Equatable, Codable {
    /// The step size.
    public var rate: Float
    /// The decay of the mean of gradients, and of their squares.
    public var beta1: Float, beta2: Float
    /// Keeps the quotient finite.
    public var epsilon: Float

    /// Makes settings; the defaults are the paper's.
    public init(rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
      (self.rate, self.beta1, self.beta2, self.epsilon) = (rate, beta1, beta2, epsilon)
    }
  }

  /// The numbers of the method; a schedule may change the rate between updates.
  public var settings: Settings
  /// How many updates were made.
  public private(set) var step = 0
  private var means = Parameters()
  private var squares = Parameters()

  /// Makes an optimizer that has seen nothing.
  public init(_ settings: Settings) { self.settings = settings }

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
      Kernels.adam(
        &parameter, moments: &mean, &square, gradient: gradient, settings: settings, step: step,
        threads: threads)
      parameters[path] = parameter
      means[path] = mean
      squares[path] = square
    }
  }

  /// The moments by path, for a checkpoint.
  public var moments: Parameters {
    var result = means.prefixed(with: "mean.")
    result.merge(squares.prefixed(with: "square."))
    return result
  }

  /// Continues from a checkpoint.
  public mutating func restore(step: Int, moments: Parameters) {
    self.step = step
    means = moments.removingPrefix("mean.")
    squares = moments.removingPrefix("square.")
  }
}
