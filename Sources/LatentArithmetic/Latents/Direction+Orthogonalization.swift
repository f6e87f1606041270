extension Direction {
  /// What is left of the direction when some others must not be moved along.
  ///
  /// With the others as rows of C it is the projection on the space that is orthogonal to all of them,
  ///
  ///     n − Cᵀ(CCᵀ)⁻¹C·n
  ///
  /// and shorter than n: it changes the attribute by as much as can be had without the others, and is not stretched.
  ///
  /// Goals, in this order:
  /// 1. The result is orthogonal to each of the others, to single precision.
  /// 2. Others that depend on each other, or have no length, are no special case: they exclude the space they span.
  /// 3. No length is made of rounding: a direction within that space gives zero.
  ///
  /// So an orthonormal basis of the space is built by Gram and Schmidt's method in double, each vector
  /// orthogonalized twice. What is left of a vector below 10⁻⁶ of its length is the rounding of its
  /// single-precision numbers, and counts as nothing. Rejected: inverting CCᵀ, singular for goal 2, and a ridge on
  /// it, which leaves a part of the others in.
  ///
  /// Source: "Interpreting the Latent Space of GANs for Semantic Face Editing", Shen and others 2020, section 3.2.
  ///
  /// - Parameter others: The directions not to move along, any number of them.
  /// - Returns: As many numbers; zero where nothing is left.
  /// - Precondition: All have as many numbers.
  public func orthogonalized(to others: [Direction]) -> Direction {
    var basis: [[Double]] = []
    for other in others {
      precondition(
        other.values.count == values.count,
        "Directions of \(values.count) and \(other.values.count) numbers make no angle.")
      let rest = Self.rest(of: other, outside: basis)
      let length = Self.dot(rest, rest).squareRoot()
      if length > 0 { basis.append(rest.map { $0 / length }) }
    }
    return Direction(Self.rest(of: self, outside: basis).map { Float($0) })
  }

  /// A vector less its projection on the space of an orthonormal basis, zero where rounding is all that is left.
  private static func rest(of direction: Direction, outside basis: [[Double]]) -> [Double] {
    let whole = direction.values.map(Double.init)
    var rest = whole
    for _ in 0..<2 {
      for vector in basis {
        let product = dot(vector, rest)
        for index in rest.indices { rest[index] -= product * vector[index] }
      }
    }
    let isRounding = dot(rest, rest) <= 1e-12 * dot(whole, whole)
    return isRounding ? whole.map { _ in 0 } : rest
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
