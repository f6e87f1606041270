import LatentArithmetic
import LatentCore

extension Variable {
  /// The mean over the rows of 1 − cos(row, target), all rows being of unit length.
  ///
  /// 1 − ⟨a, b⟩ = ½‖a − b‖² for unit vectors: unlike the left side, the right one loses no digits where the two are
  /// close.
  ///
  /// - Precondition: Both are [rows, numbers] of unit rows; a single target is the target of all rows.
  package func cosineDistance(to target: Tensor) -> Variable {
    let rows = target.shape[0] == shape[0] ? target : target.rows(Array(repeating: 0, count: shape[0]))
    return meanSquaredError(to: rows).scaled(by: Float(shape[1]) / 2)
  }
}
