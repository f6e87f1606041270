import LatentArithmetic
import TestSupport
import Testing

/// Directions that leave others alone.
struct DirectionOrthogonalizationTests {
  private static let d = 40
  private let direction = Direction<ZSpace>(randomFloats(count: d, seed: 1))
  private let others = (2...6 as ClosedRange<UInt64>).map {
    Direction<ZSpace>(randomFloats(count: d, seed: $0))
  }
  /// Rounding the numbers of the result leaves ε/2 of its length in any inner product.
  private let tolerance = Double(Float.ulpOfOne)

  private func dot(_ a: Direction<ZSpace>, _ b: Direction<ZSpace>) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  private func expectOrthogonal(
    _ result: Direction<ZSpace>, to others: [Direction<ZSpace>], tolerance: Double
  ) {
    #expect(!others.isEmpty)
    for other in others {
      let product = abs(dot(result, other)) / (dot(direction, direction) * dot(other, other)).squareRoot()
      #expect(product <= tolerance)
    }
  }

  // n* is n less its orthogonal projection on the others' span: ⟨n*, o⟩ = 0 for each other o, and n − n* is in the
  // span, which is so if what of it is orthogonal to the span is nothing. Both together have one solution.
  @Test func resultIsOrthogonalAndTheRestIsInTheSpan() {
    let result = direction.orthogonalized(to: others)
    expectOrthogonal(result, to: others, tolerance: tolerance)
    #expect(result.length < direction.length && result.length > 0.5 * direction.length)
    let removed = direction + -result
    let outside = removed.orthogonalized(to: others)
    #expect(Double(outside.length) <= 4 * tolerance * Double(direction.length))
  }

  // (CCᵀ)⁻¹ for one other is 1/‖c‖²: n − ⟨n, c⟩/‖c‖²·c.
  @Test func oneOtherIsTheFormula() {
    let other = others[0]
    let factor = dot(direction, other) / dot(other, other)
    let expected = zip(direction.values, other.values).map { Double($0) - factor * Double($1) }
    let result = direction.orthogonalized(to: [other])
    #expect(worstError(result.values, expected, scale: largestMagnitude(expected)) <= tolerance)
  }

  // The span is what counts: an other more that is a combination of them, or zero, changes nothing but rounding. The
  // combination's own rounding keeps it out of the span by ε/2 a term.
  @Test func dependentOthersChangeNothing() {
    let zero = 0 * direction
    let combination = 0.7 * others[0] + -2 * others[3] + 1e-3 * others[4]
    let expected = direction.orthogonalized(to: others).values.map(Double.init)
    let redundant = [zero, 1e-12 * others[1]] + others + [combination, others[2], -1e9 * others[0]]
    let result = direction.orthogonalized(to: redundant)
    #expect(worstError(result.values, expected, scale: largestMagnitude(expected)) <= 4 * tolerance)
    expectOrthogonal(result, to: others + [combination], tolerance: 4 * tolerance)
  }

  @Test func nothingIsLeftInsideTheSpan() {
    let zero = 0 * direction
    #expect((others[1] + -3 * others[2]).orthogonalized(to: others) == zero)
    #expect(zero.orthogonalized(to: others) == zero)
    let axes = (0..<Self.d).map { axis in Direction<ZSpace>((0..<Self.d).map { $0 == axis ? 2 : 0 }) }
    #expect(direction.orthogonalized(to: axes) == zero)
  }

  @Test func withoutOthersNothingChanges() {
    #expect(direction.orthogonalized(to: []) == direction)
    #expect(direction.orthogonalized(to: [0 * direction]) == direction)
  }
}
