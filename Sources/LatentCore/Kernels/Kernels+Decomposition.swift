import CKernels

extension Kernels {
  /// Solves A·X = B for a symmetric positive definite A of order n and B with `columns` columns, row-major.
  ///
  /// - Returns: X, or nil when A is not positive definite.
  /// - Complexity: n³/3 + 2n²·columns operations.
  package static func solvePositiveDefinite(_ a: [Double], _ b: [Double], columns: Int) -> [Double]? {
    precondition(columns > 0 && b.count % columns == 0, "B has \(b.count) elements and \(columns) columns.")
    let n = b.count / columns
    precondition(a.count == n * n, "A has \(a.count) elements; B has \(n) rows.")
    var factor = a
    var solution = b
    return ck_solve_positive_definite(n, columns, &factor, &solution) == 0 ? solution : nil
  }

  /// The lower Cholesky factor L of a symmetric positive definite A = L·Lᵀ, row-major.
  ///
  /// - Returns: L, or nil when A is not positive definite.
  /// - Complexity: n³/3 operations.
  package static func cholesky(_ a: [Double], order n: Int) -> [Double]? {
    precondition(a.count == n * n, "A has \(a.count) elements, not \(n)².")
    var factor = a
    return ck_cholesky(n, &factor) == 0 ? factor : nil
  }

  /// The eigenvalues and eigenvectors of a symmetric A of order n, row-major, the largest value first.
  ///
  /// - Returns: The values, and the unit vectors as rows of n numbers; nil when A is not finite.
  /// - Complexity: Some 9n³ operations.
  package static func symmetricEigen(_ a: [Double], order n: Int) -> (values: [Double], vectors: [Double])? {
    precondition(a.count == n * n, "A has \(a.count) elements, not \(n)².")
    guard a.allSatisfy(\.isFinite) else { return nil }
    var columns = a
    var values = [Double](repeating: 0, count: n)
    if ck_symmetric_eigen(n, &columns, &values) != 0 { return nil }
    let order = (0..<n).reversed()
    return (
      order.map { values[$0] }, order.flatMap { column in (0..<n).map { columns[$0 * n + column] } }
    )
  }
}
