/// A latent space of a generator, as a type: codes of different spaces cannot be added.
public protocol LatentSpace: Sendable {}

/// The space that a generator's noise comes from: independent standard normal numbers.
public enum ZSpace: LatentSpace {}

/// A point in a latent space: the code of one image.
///
/// Points and directions are different things. The difference of two points is a direction, and a point plus a
/// direction is a point; the sum of two points means nothing and does not compile.
public struct Latent<Space: LatentSpace>: Sendable, Equatable {
  /// The code's numbers.
  public let values: [Float]

  /// Makes a point of its numbers.
  public init(_ values: [Float]) { self.values = values }

  /// The point a direction away.
  ///
  /// - Precondition: Both have as many numbers.
  public static func + (point: Latent, direction: Direction<Space>) -> Latent {
    Latent(combined(point.values, direction.values, +))
  }

  /// The point a direction back.
  ///
  /// - Precondition: Both have as many numbers.
  public static func - (point: Latent, direction: Direction<Space>) -> Latent {
    Latent(combined(point.values, direction.values, -))
  }

  /// The mean of the point and a word's vector as it was trained, equation (1): (z + w)/2.
  ///
  /// Only the vectors of a projector that was trained for it, and not calibrated, are made to be averaged. Source: "Latent
  /// Space Arithmetic with Images and Texts".
  ///
  /// - Precondition: Both have as many numbers.
  public func averaged(with vector: Direction<Space>) -> Latent {
    Latent(combined(values, vector.values) { 0.5 * ($0 + $1) })
  }

  /// The direction from `source` to `target`.
  ///
  /// - Precondition: Both have as many numbers.
  public static func - (target: Latent, source: Latent) -> Direction<Space> {
    Direction(combined(target.values, source.values, -))
  }
}

/// A direction in a latent space, with a length: a calibrated word's is the step that θ = 1 makes.
public struct Direction<Space: LatentSpace>: Sendable, Equatable {
  /// The direction's numbers.
  public let values: [Float]

  /// Makes a direction of its numbers.
  public init(_ values: [Float]) { self.values = values }

  /// The direction of no length, with `size` numbers.
  package static func zero(size: Int) -> Direction { Direction([Float](repeating: 0, count: size)) }

  /// θ times a direction; a negative θ turns it round.
  public static func * (theta: Float, direction: Direction) -> Direction {
    Direction(direction.values.map { theta * $0 })
  }

  /// One direction after the other.
  ///
  /// - Precondition: Both have as many numbers.
  public static func + (a: Direction, b: Direction) -> Direction {
    Direction(combined(a.values, b.values, +))
  }

  /// One direction after the other's opposite.
  ///
  /// - Precondition: Both have as many numbers.
  public static func - (a: Direction, b: Direction) -> Direction {
    Direction(combined(a.values, b.values, -))
  }

  /// The direction that leads back.
  package static prefix func - (direction: Direction) -> Direction { -1 * direction }

  /// The sum of the products of the numbers.
  ///
  /// - Precondition: Both have as many numbers.
  package func inner(_ other: Direction) -> Float { combined(values, other.values, *).reduce(0, +) }

  /// The square root of the sum of squares.
  public var length: Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The cosine of the angle to another direction, 0 where one of them has no length.
  public func cosine(to other: Direction) -> Float {
    let product = length * other.length
    return product > 0 ? inner(other) / product : 0
  }
}

extension [Float] {
  /// Whether the numbers are such as codes have, which are about 1: beyond, sums of them may not be finite.
  package var isWithinReach: Bool { allSatisfy { $0.magnitude <= 1e30 } }
}

private func combined(_ a: [Float], _ b: [Float], _ operation: (Float, Float) -> Float) -> [Float] {
  precondition(a.count == b.count, "Codes of \(a.count) and \(b.count) numbers cannot be combined.")
  return zip(a, b).map(operation)
}
