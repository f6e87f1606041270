/// The tensors of a network, or of several, by path: `generator.block1.weight`.
///
/// Weights, running statistics, averages and a checkpoint's moments are all kept this way, so each is saved, loaded and
/// compared by the same few lines.
package struct Parameters: Sendable, Equatable {
  /// The tensors by path.
  package private(set) var tensors: [String: Tensor] = [:]

  /// Makes a collection of tensors by path.
  package init(_ tensors: [String: Tensor] = [:]) { self.tensors = tensors }

  /// Makes the parameters that `specifications` describe, drawn from the stream that each path names.
  package init(_ specifications: [ParameterSpecification], seed: UInt64) {
    for specification in specifications {
      tensors[specification.path] = specification.initialValue(seed: seed)
    }
  }

  /// All paths in alphabetical order.
  package var paths: [String] { tensors.keys.sorted() }

  /// How many numbers there are in all tensors.
  package var count: Int { tensors.values.reduce(0) { $0 + $1.count } }

  /// The tensor at a path, nil where there is none.
  package subscript(path: String) -> Tensor? {
    get { tensors[path] }
    _modify { yield &tensors[path] }
  }

  /// Takes over the tensors of another collection, replacing those of equal path.
  package mutating func merge(_ other: Parameters) {
    tensors.merge(other.tensors) { _, new in new }
  }

  /// The parameters whose path begins with `prefix`.
  package func filtered(byPrefix prefix: String) -> Parameters {
    var result = Parameters()
    result.tensors = tensors.filter { $0.key.hasPrefix(prefix) }
    return result
  }

  /// Removes the parameters whose path begins with `prefix`.
  package mutating func removeAll(byPrefix prefix: String) {
    tensors = tensors.filter { !$0.key.hasPrefix(prefix) }
  }

  /// The same tensors under paths with `prefix` before them.
  package func prefixed(with prefix: String) -> Parameters {
    var result = Parameters()
    for (path, tensor) in tensors { result.tensors[prefix + path] = tensor }
    return result
  }

  /// The same tensors under paths without `prefix`; those that lack it are left out.
  package func removingPrefix(_ prefix: String) -> Parameters {
    var result = Parameters()
    for (path, tensor) in tensors where path.hasPrefix(prefix) {
      result.tensors[String(path.dropFirst(prefix.count))] = tensor
    }
    return result
  }

  /// Moves each tensor toward that of `other`: self ← decay·self + (1 − decay)·other.
  ///
  /// - Precondition: Both hold tensors of the same paths and shapes.
  package mutating func average(with other: Parameters, decay: Float, threads: Int) {
    for path in paths {
      guard let target = other[path], var mean = tensors.removeValue(forKey: path) else {
        preconditionFailure("There is nothing to average “\(path)” with.")
      }
      Kernels.interpolate(&mean, toward: target, decay: decay, threads: threads)
      tensors[path] = mean
    }
  }

  /// Lets a running average follow weights that were updated `step` times: the decay is min(decay, step/(step + 9)).
  ///
  /// Early on the average follows closely; at the full decay it would remember the first weights for too long.
  ///
  /// - Precondition: Both hold tensors of the same paths and shapes.
  package mutating func follow(_ weights: Parameters, decay: Float, step: Int, threads: Int) {
    average(with: weights, decay: min(decay, Float(step) / Float(step + 9)), threads: threads)
  }
}

/// One tensor a layer needs: where it is, how it looks and how it begins.
package struct ParameterSpecification: Sendable, Equatable {
  /// How a tensor is filled before training.
  package enum Initializer: Sendable, Equatable {
    /// Every element has this value.
    case constant(Float)
    /// Independent normal numbers.
    case normal(mean: Float, deviation: Float)
    /// Uniform in ±√(6/(fanIn + fanOut)) (Glorot and Bengio 2010), Keras's default.
    case glorotUniform(fanIn: Int, fanOut: Int)
  }

  /// The name under which the tensor is kept, `generator.block1.weight`.
  package let path: String
  /// The lengths of its dimensions.
  package let shape: [Int]
  /// What it holds before training.
  package let initializer: Initializer
  /// Whether an optimizer changes it; running statistics are not trainable.
  package let isTrainable: Bool

  /// Describes a tensor.
  package init(path: String, shape: [Int], initializer: Initializer, isTrainable: Bool = true) {
    (self.path, self.shape, self.initializer, self.isTrainable) = (path, shape, initializer, isTrainable)
  }

  func initialValue(seed: UInt64) -> Tensor {
    var stream = RandomStream(seed: seed, name: path)
    switch initializer {
    case .constant(let value): return Tensor(shape: shape, repeating: value)
    case .normal(let mean, let deviation):
      return stream.normal(shape: shape, mean: mean, deviation: deviation)
    case .glorotUniform(let fanIn, let fanOut):
      return stream.uniform(shape: shape, limit: (6 / Float(fanIn + fanOut)).squareRoot())
    }
  }
}
