import LatentCore

/// What comparing one tensor's gradient with finite differences gave.
package struct GradientComparison: CustomStringConvertible {
  /// The tensor's path.
  package let path: String
  /// The largest |gradient − difference quotient| over the elements tried, in units of the gradient's root mean
  /// square over the tensor; infinite where something is not a number or the gradient vanishes.
  package let error: Double

  /// The path and the error.
  package var description: String { "\(path): \(error)" }
}

/// Returns, for every tensor that has a gradient, how far it is from central differences of `loss`.
///
/// Of each tensor three random elements are tried and the one of the largest gradient. The step of 1e-7 is that short
/// because of the rectifiers: a bias moves thousands of activations, and with 1e-6 some of them cross zero, which
/// alone is an error of 3e-3. Rounding leaves 1e-16·loss/1e-7, up to 1e-5 of the smaller gradients.
///
/// - Parameters:
///   - gradients: The gradients under test, by path.
///   - parameters: The point at which they were taken.
///   - seed: Decides which elements are tried.
///   - loss: The loss in double precision.
/// - Returns: One comparison for each path, in alphabetical order.
package func comparisons(
  of gradients: [String: Tensor], at parameters: Parameters, seed: UInt64,
  loss: (ReferenceParameters) -> Double
) -> [GradientComparison] {
  let step = 1e-7
  let point = parameters.inDouble
  return gradients.sorted { $0.key < $1.key }.map { path, gradient in
    let elements = gradient.elements.map { Double($0) }
    let size = (elements.reduce(0) { $0 + $1 * $1 } / Double(elements.count)).squareRoot()
    var stream = RandomStream(seed: seed, name: path)
    var tried = Set((0..<3).map { _ in stream.index(below: elements.count) })
    if let largest = elements.indices.max(by: { abs(elements[$0]) < abs(elements[$1]) }) {
      tried.insert(largest)
    }
    var worst = 0.0
    for index in tried {
      let value = point[path]?[index] ?? .nan
      let sides = [value + step, value - step].map { moved in
        var moving = point
        moving[path]?[index] = moved
        return loss(moving)
      }
      let error = abs((sides[0] - sides[1]) / (2 * step) - elements[index]) / size
      worst = error.isFinite ? max(worst, error) : .infinity
    }
    return GradientComparison(path: path, error: worst)
  }
}
