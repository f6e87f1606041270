import Foundation

/// Returns standard normal numbers that depend on the seed alone.
///
/// - Parameters:
///   - count: How many numbers.
///   - seed: Different seeds give unrelated numbers.
/// - Returns: `count` draws of N(0, 1), by SplitMix64 and the Box–Muller transform.
public func randomDoubles(count: Int, seed: UInt64) -> [Double] {
  var state = seed &* 0xD134_2543_DE82_EF95 &+ 0x9E37_79B9_7F4A_7C15
  func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return (Double(bits >> 11) + 0.5) * 0x1p-53
  }
  return (0..<count).map { _ in (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}

/// Returns standard normal numbers that depend on the seed alone, rounded to single precision.
///
/// - Parameters:
///   - count: How many numbers.
///   - seed: Different seeds give unrelated numbers.
/// - Returns: `randomDoubles(count:seed:)`, each rounded.
public func randomFloats(count: Int, seed: UInt64) -> [Float] {
  randomDoubles(count: count, seed: seed).map { Float($0) }
}

/// Returns the largest difference of two arrays in units of `scale`.
///
/// The result is max |got − expected| / scale over every element. It is infinite when the counts differ or a
/// difference is not a number, so that `worstError(…) <= tolerance` fails on NaN.
///
/// - Parameters:
///   - got: What the code under test computed.
///   - expected: What it should be.
///   - scale: The typical size of the terms' sum: √K for K products of standard normal numbers.
/// - Returns: The worst error, at least 0.
public func worstError(_ got: [Float], _ expected: [Double], scale: Double) -> Double {
  worstError(got.map { Double($0) }, expected, scale: scale)
}

/// Returns the largest difference of two arrays in units of `scale`, as its single-precision sibling does.
///
/// - Parameters:
///   - got: What the code under test computed.
///   - expected: What it should be.
///   - scale: The typical size of the terms' sum: √K for K products of standard normal numbers.
/// - Returns: The worst error, at least 0.
public func worstError(_ got: [Double], _ expected: [Double], scale: Double) -> Double {
  guard got.count == expected.count else { return .infinity }
  var worst = 0.0
  for (a, b) in zip(got, expected) {
    let error = abs(a - b) / scale
    guard error.isFinite else { return .infinity }
    worst = max(worst, error)
  }
  return worst
}

/// Returns the error, in units of its scale √K, to allow a sum of `terms` = K products in single precision.
///
/// Rounding K partial sums of a random walk leaves an error that grows as ε·√K relative to √K. The factor covers
/// the largest of some millions of elements, and the 1 the long tail of a single product.
///
/// - Parameter terms: K, the number of products added.
/// - Returns: 8·ε·(1 + √K) with ε = 2⁻²³.
public func roundingTolerance(terms: Int) -> Double {
  8 * Double(Float.ulpOfOne) * (1 + Double(terms).squareRoot())
}

/// Returns ‖got − expected‖₂/‖expected‖₂, infinite when the counts differ or something is not a number.
///
/// - Parameters:
///   - got: What the code under test computed.
///   - expected: What it should be.
/// - Returns: The relative error, at least 0.
public func relativeError(_ got: [Float], _ expected: [Double]) -> Double {
  guard got.count == expected.count else { return .infinity }
  let difference = zip(got, expected).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  let error = (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
  return error.isFinite ? error : .infinity
}

/// Returns the largest magnitude in `values`.
///
/// - Parameter values: Any numbers.
/// - Returns: max |value|, 0 where there are none.
public func largestMagnitude(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }
