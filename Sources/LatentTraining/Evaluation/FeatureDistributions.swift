import LatentCore

// Goals, in order: (1) sets that are equal have the distance 0 but for rounding, and none is negative;
// (2) sets of fewer rows than numbers work; (3) seconds for 13,500 rows of 256 numbers.
//
// The covariances are summed in double: the square root turns an error of ε in an eigenvalue near zero into
// √ε, so sums in single precision would add some 1e-3 of the largest variance for each unused dimension.
//
// Rejected: the square root of the product Σ₁Σ₂ itself, which is not symmetric, by Schur form or Newton
// steps; it leaves imaginary parts and diverges on singular covariances, where others add a multiple of the
// identity.

extension FeatureSet {
  /// The Fréchet distance between the normal distributions of two sets' means and covariances.
  ///
  ///     ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½)
  ///
  /// With S = Σ₁^½ the last trace is the sum of the square roots of the eigenvalues of S·Σ₂·S. The
  /// covariances are those of samples, with n − 1. With other features than Inception's it must not be called
  /// FID.
  ///
  /// Source: "GANs Trained by a Two Time-Scale Update Rule", Heusel and others 2017.
  ///
  /// - Returns: At least 0, in squared units of the features; NaN where some are not finite.
  /// - Precondition: Rows of both sets are equally long, and each set has two.
  public func frechetDistance(to other: FeatureSet) -> Double {
    checkDimension(of: other)
    let (first, second) = (moments, other.moments)
    guard let root = scaledEigenvectors(first.covariance) else { return .nan }
    let product = symmetricProduct(root, second.covariance)
    guard let eigen = Kernels.symmetricEigen(product, order: dimension) else { return .nan }
    let traceOfRoot = eigen.values.reduce(0) { $0 + max($1, 0).squareRoot() }
    let means = zip(first.mean, second.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return max(0, means + trace(first.covariance) + trace(second.covariance) - 2 * traceOfRoot)
  }

  private var moments: (mean: [Double], covariance: [Double]) {
    precondition(count > 1, "\(count) image has no covariance.")
    let d = dimension
    return rows.withElements { elements in
      var mean = [Double](repeating: 0, count: d)
      for row in 0..<count { for column in 0..<d { mean[column] += Double(elements[row * d + column]) } }
      for column in 0..<d { mean[column] /= Double(count) }

      var covariance = [Double](repeating: 0, count: d * d)
      var centered = [Double](repeating: 0, count: d)
      for row in 0..<count {
        for column in 0..<d { centered[column] = Double(elements[row * d + column]) - mean[column] }
        for i in 0..<d { for j in i..<d { covariance[i * d + j] += centered[i] * centered[j] } }
      }
      for i in 0..<d {
        for j in i..<d {
          covariance[i * d + j] /= Double(count - 1)
          covariance[j * d + i] = covariance[i * d + j]
        }
      }
      return (mean, covariance)
    }
  }

  /// T = Λ^½·V, a row for each eigenvector of Σ = Vᵀ·Λ·V.
  ///
  /// T·A·Tᵀ has the eigenvalues of Σ^½·A·Σ^½, from which it differs by a rotation, and takes one product
  /// less.
  private func scaledEigenvectors(_ covariance: [Double]) -> [Double]? {
    guard let (values, vectors) = Kernels.symmetricEigen(covariance, order: dimension) else { return nil }
    return vectors.indices.map { max(values[$0 / dimension], 0).squareRoot() * vectors[$0] }
  }

  /// T·A·Tᵀ for a symmetric A.
  private func symmetricProduct(_ t: [Double], _ a: [Double]) -> [Double] {
    let d = dimension
    var product = [Double](repeating: 0, count: d * d)
    for i in 0..<d {
      var row = [Double](repeating: 0, count: d)
      for k in 0..<d { for j in 0..<d { row[j] += t[i * d + k] * a[k * d + j] } }
      for j in i..<d {
        let element = (0..<d).reduce(0) { $0 + row[$1] * t[j * d + $1] }
        product[i * d + j] = element
        product[j * d + i] = element
      }
    }
    return product
  }

  private func trace(_ matrix: [Double]) -> Double {
    (0..<dimension).reduce(0) { $0 + matrix[$1 * dimension + $1] }
  }
}
