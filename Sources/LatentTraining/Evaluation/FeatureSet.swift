import LatentArithmetic

/// The features of many images, one row each, to be compared with those of others.
public struct FeatureSet: Sendable {
  /// The features, [images, features].
  public let rows: Tensor

  /// How many images there are.
  public var count: Int { rows.shape[0] }
  /// How many numbers an image has.
  public var dimension: Int { rows.shape[1] }

  /// Takes a matrix of features.
  ///
  /// - Precondition: The tensor is a matrix with at least one row and column.
  public init(_ rows: Tensor) {
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
