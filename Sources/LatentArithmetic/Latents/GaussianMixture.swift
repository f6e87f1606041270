import LatentCore

/// A distribution of codes: Σₖ πₖ·N(μₖ, Σₖ).
///
/// Codes of photos are not normal, though they have the mean and the covariance of normal ones; random codes drawn from a
/// mixture fitted to them give better faces (Ghosh and others 2020, "From Variational to Deterministic Autoencoders",
/// section 4).
package struct GaussianMixture: Sendable, Equatable {
  /// πₖ, which add up to 1, [components].
  package let weights: Tensor
  /// μₖ, [components, d].
  package let means: Tensor
  /// Lₖᵀ of Σₖ = Lₖ·Lₖᵀ: μₖ and a row of independent normal numbers times this is a code, [components, d, d].
  package let colorings: Tensor

  /// Makes a mixture of its numbers.
  package init(weights: Tensor, means: Tensor, colorings: Tensor) {
    (self.weights, self.means, self.colorings) = (weights, means, colorings)
  }

  /// Random codes; the first codes of a seed do not depend on how many there are.
  package func codes(_ count: Int, seed: UInt64) -> [Latent<ZSpace>] {
    var stream = RandomStream(seed: seed, name: "codes of a mixture")
    let d = means.shape[1]
    return (0..<count).map { _ in
      let component = component(at: Float(stream.uniform()))
      let white = stream.normal(shape: [1, d])
      let change = Kernels.matrixProduct(
        white,
        Tensor(
          shape: [d, d], elements: Array(colorings.elements[component * d * d..<(component + 1) * d * d])),
        threads: 1)
      return Latent(zip(means.row(component), change.elements).map(+))
    }
  }

  private func component(at place: Float) -> Int {
    var sum: Float = 0
    return weights.elements.firstIndex {
      sum += $0
      return place < sum
    } ?? weights.count - 1
  }
}

// MARK: - Among a model's tensors

extension GaussianMixture {
  private static let weightsPath = "codes.weights", meansPath = "codes.means"
  private static let coloringsPath = "codes.colorings"

  /// Takes a mixture out of a model's tensors; nil where there is none.
  ///
  /// - Throws: `WeightSourceError` where the shapes are no mixture's.
  init?(_ tensors: Parameters, latentSize d: Int, name: String) throws(WeightSourceError) {
    let found = tensors.filtered(byPrefix: "codes.")
    if found.paths.isEmpty { return nil }
    let count = max(1, found[Self.weightsPath]?.count ?? 1)
    try found.check(
      against: [
        (Self.weightsPath, [count]), (Self.meansPath, [count, d]), (Self.coloringsPath, [count, d, d]),
      ]
      .map { ParameterSpecification(path: $0.0, shape: $0.1, initializer: .constant(0), isTrainable: false) },
      name: name)
    guard let weights = found[Self.weightsPath], let means = found[Self.meansPath],
      let colorings = found[Self.coloringsPath]
    else { return nil }
    self.init(weights: weights, means: means, colorings: colorings)
  }

  /// The tensors of a model file.
  var tensors: Parameters {
    var tensors = Parameters()
    tensors[Self.weightsPath] = weights
    tensors[Self.meansPath] = means
    tensors[Self.coloringsPath] = colorings
    return tensors
  }
}
