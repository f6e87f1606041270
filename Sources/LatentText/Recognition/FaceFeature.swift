import LatentArithmetic

/// What a recognizer sees of a face: a point on a sphere where one person's faces lie close together.
public struct FaceFeature: Sendable, Hashable {
  /// The coordinates; their squares add up to 1.
  public let values: [Float]

  /// Puts a vector on the sphere.
  ///
  /// - Precondition: It is finite and not zero.
  init(_ vector: some Collection<Float>) {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    precondition(length > 0 && length.isFinite, "A vector of length \(length) has no direction.")
    values = vector.map { Float(Double($0) / length) }
  }

  /// The cosine of the angle to another feature: 1 for the same, about 0 for two people.
  ///
  /// - Precondition: Both have as many coordinates.
  public func similarity(to other: FaceFeature) -> Double {
    precondition(
      values.count == other.values.count,
      "Features of \(values.count) and \(other.values.count) coordinates cannot be compared.")
    return zip(values, other.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
