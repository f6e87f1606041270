import Foundation
import LatentArithmetic
import LatentCore

extension StyleGAN2Generator where Space == WSpace {
  /// The unit directions of w that change the styles of some layers most.
  ///
  /// They are the eigenvectors of A·Aᵀ, the largest value first; A holds the weights of the layers' styles side by side,
  /// its columns scaled to length 1, as published. The sign of each direction is arbitrary.
  ///
  /// Source: "Closed-Form Factorization of Latent Semantics in GANs", Shen and Zhou 2021, section 3.2.
  ///
  /// - Parameters:
  ///   - count: How many directions.
  ///   - rows: The vectors of W⁺ whose layers count; nil for all.
  /// - Returns: `count` directions of length 1, orthogonal to each other.
  /// - Precondition: w has at least `count` numbers, and `count` is not negative; the rows exist.
  public func factorizedDirections(count: Int, rows: Range<Int>? = nil) -> [Direction<WSpace>] {
    let (d, all) = (network.styleSize, 0..<network.rows)
    let chosen = rows ?? all
    precondition((0...d).contains(count), "Codes of \(d) numbers have no \(count) orthogonal directions.")
    precondition(
      !chosen.isEmpty && all.contains(chosen.lowerBound) && chosen.upperBound <= all.upperBound,
      "Of the vectors \(all) there is no range \(chosen).")
    let columns = zip(styleLayers, network.rowOfLayer).filter { chosen.contains($0.1) }.flatMap { layer, _ in
      let weight = network.modulationWeight(of: layer).permuted([1, 0])
      return (0..<weight.shape[0]).flatMap { index in
        let column = weight.row(index)
        let length = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? column.map { $0 / length } : column
      }
    }
    let stacked = Tensor(shape: [columns.count / d, d], elements: columns).permuted([1, 0])
    guard let directions = stacked.leftSingularDirections(count, in: WSpace.self) else {
      preconditionFailure("Columns of length 1 are finite.")
    }
    return directions
  }
}
