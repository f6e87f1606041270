import LatentArithmetic

/// The features of many images, one row each, to be compared with those of others.
package struct FeatureSet: Sendable {
  /// The features, [images, features].
  package let rows: Tensor

  /// How many images there are.
  package var count: Int { rows.shape[0] }
  /// How many numbers an image has.
  package var dimension: Int { rows.shape[1] }

  /// Takes a matrix of features.
  ///
  /// - Precondition: The tensor is a matrix with at least one row and column.
  package init(_ rows: Tensor) {
    precondition(
      rows.shape.count == 2 && rows.count > 0,
      "Features are a matrix of at least one row and column, not of shape \(rows.shape).")
    self.rows = rows
  }

  func checkDimension(of other: FeatureSet) {
    precondition(
      dimension == other.dimension,
      "Features of \(dimension) and of \(other.dimension) numbers cannot be compared.")
  }
}
