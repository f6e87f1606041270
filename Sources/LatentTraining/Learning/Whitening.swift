import Foundation
import LatentArithmetic
import LatentCore

/// The affine map that gives latent codes zero mean and unit covariance, and its way back.
///
/// The paper's θ loss presumes codes that are normal with unit covariance, as a generator's noise is; an encoder's
/// codes are not. With free θ the loss rewards a word for any variance in the pairs where it is active, so on codes of
/// unequal variance the words settle in the widest directions, whatever they mean. On white codes all directions are
/// equally wide, and what sets a word apart is the difference its attribute makes.
///
/// With the covariance Σ = L·Lᵀ (Cholesky), white = L⁻¹(z − mean), and a direction goes back as L·w.
package struct Whitening {
  /// What is added to each variance, as a share of their mean.
  private static let ridge = 1e-3

  /// The mean code, [d].
  package let mean: Tensor
  /// Lᵀ: a row of white directions times this is a row of directions, [d, d].
  package let coloring: Tensor
  /// L⁻ᵀ: a row of centered codes times this is a row of white codes, [d, d].
  private let whitening: Tensor
  /// log det Σ, natural.
  package let logarithmOfDeterminant: Double

  /// Measures the codes of a data set, [count, d].
  ///
  /// - Parameters:
  ///   - latents: The codes.
  ///   - weights: What each code counts, not negative and not all 0; one as much as the other if left out.
  ///   - threads: The most threads to use.
  /// - Throws: ``TrainingError/codesNotFinite(image:)``.
  /// - Precondition: There is more than one code.
  package init(of latents: Tensor, weights: [Float]? = nil, threads: Int = 1) throws(TrainingError) {
    let (count, d) = (latents.shape[0], latents.shape[1])
    precondition(count > 1, "One code has no covariance.")
    // Weighted codes are taken for the whole population, others for a sample of it.
    let total = weights?.reduce(0.0) { $0 + Double($1) }
    let shares = weights.map { $0.map { Float(Double($0) / (total ?? 1)) } }
    mean = latents.meanRow(shares: shares)
    let centered = Self.centered(latents, by: mean)
    let scaled = shares.map { centered.scalingRows(by: $0.map { $0.squareRoot() }) } ?? centered
    let products = Kernels.matrixProduct(scaled, scaled, transposingFirst: true, threads: threads)
    var covariance = products.elements.map { Double($0) / (shares == nil ? Double(count - 1) : 1) }
    // Fewer images than dimensions, or dimensions that the encoder leaves unused, have directions without
    // variance; there the products' rounding, some 1e-5 of the mean variance, must not decide.
    let variance = (0..<d).reduce(0.0) { $0 + covariance[$1 * d + $1] } / Double(d)
    for index in 0..<d { covariance[index * d + index] += max(Self.ridge * variance, 1e-12) }
    guard let factor = Kernels.cholesky(covariance, order: d) else { throw .codesNotFinite(image: nil) }
    logarithmOfDeterminant = (0..<d).reduce(0) { $0 + 2 * log(factor[$1 * d + $1]) }
    coloring = Self.transposed(factor, d)
    whitening = Self.transposed(Self.inverseOfLower(factor, d), d)
  }

  /// White codes, one row each.
  package func whitened(_ latents: Tensor, threads: Int = 1) -> Tensor {
    Kernels.matrixProduct(Self.centered(latents, by: mean), whitening, threads: threads)
  }

  /// A projector into white codes made one into the codes themselves: its output layer takes over L.
  func colored(_ projector: Parameters) -> Parameters {
    var result = projector
    for path in ["projector.output.weight", "projector.output.bias"] {
      guard let tensor = projector[path], let d = tensor.shape.last else {
        preconditionFailure("A projector has an output layer.")
      }
      let rows = tensor.reshaped(to: [tensor.count / d, d])
      result[path] = Kernels.matrixProduct(rows, coloring, threads: 1).reshaped(to: tensor.shape)
    }
    return result
  }

  /// A direction among white codes made one among the codes themselves, L·w.
  func colored(_ direction: Direction<ZSpace>) -> Direction<ZSpace> {
    let row = Tensor(shape: [1, mean.count], elements: direction.values)
    return Direction(Kernels.matrixProduct(row, coloring, threads: 1).elements)
  }

  /// An encoder made one that gives white codes, in its last layer and that layer's normalization.
  ///
  /// The normalization N(h·W) of running mean m, variance v, scale s and offset o is h·W·F + (o − m·F) with
  /// F = diag(s/√(v + ε)); whitening it gives the weight W·F·L⁻ᵀ and a constant, which goes into the offset.
  package func encoded(_ encoder: Parameters) -> Parameters {
    let path = "encoder.output"
    func vector(_ name: String) -> [Float] {
      guard let tensor = encoder["\(path).norm.\(name)"] else {
        preconditionFailure("An encoder of normal codes has “\(path).norm.\(name)”.")
      }
      return tensor.elements
    }
    guard let weight = encoder[path + ".weight"] else { preconditionFailure("An encoder has an output.") }
    let d = mean.count
    let factors = zip(vector("scale"), vector("variance")).map { $0 / ($1 + BatchNorm.epsilon).squareRoot() }
    let constant = (0..<d).map { vector("offset")[$0] - vector("mean")[$0] * factors[$0] }
    let scaled = whitening.withElements { elements in
      Tensor(shape: [d, d], elements: (0..<d * d).map { factors[$0 / d] * elements[$0] })
    }
    var result = encoder
    result[path + ".weight"] = Kernels.matrixProduct(weight, scaled, threads: 1)
    result[path + ".norm.offset"] = whitened(Tensor(shape: [1, d], elements: constant)).reshaped(to: [d])
    result[path + ".norm.mean"] = Tensor(shape: [d], repeating: 0)
    result[path + ".norm.scale"] = Tensor(shape: [d], repeating: 1)
    result[path + ".norm.variance"] = Tensor(shape: [d], repeating: 1 - BatchNorm.epsilon)
    return result
  }

  /// A generator made one that takes white codes, in its first layer: z·Lᵀ·W.
  ///
  /// It was trained on codes that batch normalization had centered, so their mean is not added again.
  package func decoded(_ generator: Parameters) -> Parameters {
    let path = "generator.input"
    guard let weight = generator[path + ".weight"] else { preconditionFailure("A generator has an input.") }
    var result = generator
    result[path + ".weight"] = Kernels.matrixProduct(coloring, weight, threads: 1)
    return result
  }

  private static func centered(_ latents: Tensor, by mean: Tensor) -> Tensor {
    let ones = Tensor(shape: [latents.shape[0], 1], repeating: 1)
    return latents.subtracting(
      Kernels.matrixProduct(ones, mean.reshaped(to: [1, mean.count]), threads: 1))
  }

  private static func transposed(_ matrix: [Double], _ d: Int) -> Tensor {
    Tensor(
      shape: [d, d], elements: (0..<d * d).map { index in Float(matrix[index % d * d + index / d]) })
  }

  /// L⁻¹ by forward substitution.
  private static func inverseOfLower(_ factor: [Double], _ d: Int) -> [Double] {
    var inverse = [Double](repeating: 0, count: d * d)
    for column in 0..<d {
      for row in column..<d {
        var sum = row == column ? 1.0 : 0.0
        for index in column..<row { sum -= factor[row * d + index] * inverse[index * d + column] }
        inverse[row * d + column] = sum / factor[row * d + row]
      }
    }
    return inverse
  }
}

extension Tensor {
  /// The mean of the rows of a matrix, [d], each counted by its share of 1; all alike if left out.
  func meanRow(shares: [Float]? = nil) -> Tensor {
    let row = Tensor(
      shape: [1, shape[0]], elements: shares ?? [Float](repeating: 1 / Float(shape[0]), count: shape[0]))
    return Kernels.matrixProduct(row, self, threads: 1).reshaped(to: [shape[1]])
  }

  /// The matrix with each row times a factor of its own.
  fileprivate func scalingRows(by factors: [Float]) -> Tensor {
    let width = shape[1]
    return withElements { elements in
      Tensor(shape: shape, elements: elements.indices.map { elements[$0] * factors[$0 / width] })
    }
  }
}
