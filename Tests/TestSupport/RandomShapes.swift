import Foundation

/// A stream of numbers that depends on the seed alone, to draw the shapes of test cases from.
///
/// Its numbers are SplitMix64's. They serve the standard library's own `random(in:using:)` and
/// `randomElement(using:)`.
public struct ShapeStream: RandomNumberGenerator {
  private var state: UInt64

  /// Opens the stream of a seed.
  ///
  /// - Parameter seed: Different seeds give unrelated shapes.
  public init(seed: UInt64) { state = seed &* 0xA24B_AED4_963E_E407 &+ 0x9FB2_1C65_1E98_DF25 }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Draws a size where kernels go wrong: one, just before, at or behind an edge, or of any magnitude.
  ///
  /// Of six draws one is 1, two lie at most one from an edge, and three are uniform in their logarithm.
  ///
  /// - Parameters:
  ///   - limit: The largest size, at least 1.
  ///   - edges: Lengths at which a kernel cuts its work; those beyond the limit are never drawn.
  /// - Returns: A size in 1...limit.
  public mutating func size(upTo limit: Int, near edges: [Int] = []) -> Int {
    let draw = Int.random(in: 0..<6, using: &self)
    if draw == 0 { return 1 }
    if draw < 3, let edge = edges.filter({ $0 <= limit }).randomElement(using: &self) {
      return min(max(edge + Int.random(in: -1...1, using: &self), 1), limit)
    }
    let size = exp(Double.random(in: 0...log(Double(limit) + 1), using: &self))
    return min(max(Int(size), 1), limit)
  }
}

/// Returns the shapes that `draw` makes of a stream for each seed.
///
/// As arguments of a test each is a case of its own, which names its shape when it fails.
///
/// - Parameters:
///   - count: How many; their seeds are 1...count.
///   - draw: Draws one shape.
/// - Returns: `count` shapes.
public func randomShapes<Shape>(_ count: Int, _ draw: (inout ShapeStream) -> Shape) -> [Shape] {
  (1...UInt64(count)).map { seed in
    var stream = ShapeStream(seed: seed)
    return draw(&stream)
  }
}
