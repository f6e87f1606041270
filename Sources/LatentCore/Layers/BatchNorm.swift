/// Batch normalization over the last dimension, followed by an activation.
///
/// In training the batch's own statistics serve, and the running ones follow them:
/// running ← (1 − momentum)·running + momentum·batch, with the unbiased variance, as PyTorch does. In inference the
/// running ones serve. The tensors are `path.scale`, `path.offset`, `path.mean` and `path.variance`.
///
/// Source: "Batch Normalization", Ioffe and Szegedy 2015.
package struct BatchNorm: Layer {
  package static let epsilon: Float = 1e-5
  static let momentum: Float = 0.1

  package let path: String
  package let channels: Int
  package let activation: Activation
  /// Whether scale and offset are trained; otherwise they stay 1 and 0.
  package let isAffine: Bool

  /// Describes a normalization of `channels` channels.
  package init(path: String, channels: Int, activation: Activation, isAffine: Bool = true) {
    (self.path, self.channels, self.activation, self.isAffine) = (path, channels, activation, isAffine)
  }

  package var parameters: [ParameterSpecification] {
    func vector(
      _ name: String, _ initializer: ParameterSpecification.Initializer, isTrainable: Bool
    ) -> ParameterSpecification {
      ParameterSpecification(
        path: path + name, shape: [channels], initializer: initializer, isTrainable: isTrainable)
    }
    return [
      vector(".scale", isAffine ? .normal(mean: 1, deviation: 0.02) : .constant(1), isTrainable: isAffine),
      vector(".offset", .constant(0), isTrainable: isAffine),
      vector(".mean", .constant(0), isTrainable: false),
      vector(".variance", .constant(1), isTrainable: false),
    ]
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    func vector(_ name: String) -> Variable {
      isAffine ? binding.variable(path + name) : binding.tape.common(binding.value(path + name))
    }
    let (scale, offset) = (vector(".scale"), vector(".offset"))
    switch binding.phase {
    case .training:
      let result = x.batchNormalized(
        scale: scale, offset: offset, epsilon: Self.epsilon, activation: activation)
      let rows = Float(x.share.whole(x.value.count / channels))
      follow(".mean", result.mean, factor: 1, binding)
      follow(".variance", result.variance, factor: rows / max(rows - 1, 1), binding)
      return result.output
    case .inference:
      return x.normalized(
        scale: scale, offset: offset, mean: binding.value(path + ".mean"),
        variance: binding.value(path + ".variance"), epsilon: Self.epsilon, activation: activation)
    }
  }

  private func follow(_ name: String, _ batch: Tensor, factor: Float, _ binding: Binding) {
    let running = Kernels.linearCombination(
      1 - Self.momentum, binding.value(path + name), Self.momentum * factor, batch,
      threads: binding.tape.threads)
    binding.update(path + name, to: running)
  }
}

/// Views each element of a batch under another shape.
package struct Reshape: Layer {
  package let shape: [Int]

  /// Describes a view of the shape [batch] + shape.
  package init(to shape: [Int]) { self.shape = shape }

  package var parameters: [ParameterSpecification] { [] }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.reshaped(to: [x.shape.first ?? 1] + shape)
  }
}

/// Dropout in training, nothing in inference.
///
/// Source: "Dropout", Srivastava and others 2014.
package struct Dropout: Layer {
  package let path: String
  package let rate: Float

  /// Describes a dropout; the path names its random stream.
  package init(path: String, rate: Float) { (self.path, self.rate) = (path, rate) }

  package var parameters: [ParameterSpecification] { [] }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    binding.phase == .training ? x.droppedOut(rate: rate, seed: binding.dropoutSeed(path)) : x
  }
}
