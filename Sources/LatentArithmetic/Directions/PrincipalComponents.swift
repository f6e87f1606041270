import Foundation
import LatentCore

/// The orthogonal directions in which rows of numbers vary most.
///
/// Goals, in this order:
/// 1. The components are orthonormal to single precision, so that coordinates are inner products.
/// 2. Images fit: 4000 rows of 19,200 numbers. Of the covariance, d×d, and the matrix of the rows' inner
///    products, n×n, which have the same eigenvalues, the smaller is made.
/// 3. No component is made of rounding. The products are in single precision, whose noise in the matrix is some
///    √max(n, d)·ε of the largest variance; components of less than four times that are left out.
///
/// With the centered rows X, XᵀX/(n − 1) = VΛVᵀ gives the components V at once. XXᵀ/(n − 1) = UΛUᵀ gives them as Uᵀ·X,
/// where those of small variance carry noise along those of large: they are orthogonalized, the largest first, which
/// leaves the accurate ones as they are. The eigenvalues are found in double.
///
/// Rejected: a singular value decomposition of X, which takes n·d numbers in double and ten times as long.
package struct PrincipalComponents: Sendable {
  /// The mean of the rows, [d].
  package let mean: Tensor
  /// Unit rows, that of the largest variance first, [count, d]; the sign of each is arbitrary.
  package let components: Tensor
  /// The variance of the rows along each component, Σ⟨c, x − mean⟩²/(n − 1), in descending order.
  package let variances: [Double]

  /// Finds the components of a matrix's rows.
  ///
  /// - Parameters:
  ///   - rows: [n, d].
  ///   - count: How many components there may be; there are fewer where the rows vary in fewer dimensions.
  ///   - threads: The most threads to use.
  /// - Precondition: There are two rows or more of finite numbers, and `count` is not negative.
  /// - Complexity: n·d·min(n, d) and some 9·min(n, d)³ operations; memory for another n·d numbers and some
  ///   40·min(n, d)² bytes.
  package init(
    of rows: Tensor, count: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    precondition(
      rows.shape.count == 2 && rows.shape[0] > 1,
      "Principal components are those of two rows or more, not of shape \(rows.shape).")
    precondition(count >= 0, "There cannot be \(count) components.")
    let (n, d) = (rows.shape[0], rows.shape[1])
    mean = Self.mean(of: rows)
    let centered = Self.centered(rows, by: mean)
    let isWide = n < d
    let products = Kernels.matrixProduct(
      centered, centered, transposingFirst: !isWide, transposingSecond: isWide, threads: threads)
    let order = min(n, d)
    guard
      let eigen = Kernels.symmetricEigen(
        products.elements.map { Double($0) / Double(n - 1) }, order: order)
    else { preconditionFailure("Rows with numbers that are not finite have no principal components.") }
    // Each product is a sum of n or d rounded terms: where rows repeat, the larger decides what rounding looks like.
    let noise = 4 * Double(max(n, d)).squareRoot() * Double(Float.ulpOfOne) * (eigen.values.first ?? 0)
    variances = Array(eigen.values.prefix(count).prefix { $0 > noise })
    let vectors = Tensor(
      shape: [variances.count, order],
      elements: eigen.vectors.prefix(variances.count * order).map { Float($0) })
    components =
      isWide
      ? Self.orthonormalized(Kernels.matrixProduct(vectors, centered, threads: threads), threads: threads)
      : vectors
  }

  /// The coordinates of rows along the components, ⟨c, x − mean⟩.
  ///
  /// - Parameters:
  ///   - rows: Any number of rows, [n, d].
  ///   - threads: The most threads to use.
  /// - Returns: [n, count].
  /// - Precondition: The rows are as long as those the components are of.
  package func coordinates(
    of rows: Tensor, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> Tensor {
    Kernels.matrixProduct(centered(rows), components, transposingSecond: true, threads: threads)
  }

  /// The rows as the components can tell them, mean + Σ⟨c, x − mean⟩·c.
  ///
  /// - Parameters:
  ///   - rows: Any number of rows, [n, d].
  ///   - threads: The most threads to use.
  /// - Returns: [n, d].
  /// - Precondition: The rows are as long as those the components are of.
  package func projected(
    _ rows: Tensor, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> Tensor {
    let coordinates = coordinates(of: rows, threads: threads)
    var result = Kernels.matrixProduct(coordinates, components, threads: threads)
    let d = mean.count
    result.withMutableElements { result in
      mean.withElements { mean in
        for row in 0..<rows.shape[0] {
          for index in 0..<d { result[row * d + index] += mean[index] }
        }
      }
    }
    return result
  }

  /// The share of rows' squared distance from the mean that the components tell, 1 − Σ‖x − x̂‖²/Σ‖x − mean‖².
  ///
  /// On other rows than those that the components are of, it says how well they generalize.
  ///
  /// - Parameters:
  ///   - rows: Any number of rows, [n, d].
  ///   - threads: The most threads to use.
  /// - Returns: 0 … 1; 0 where all rows are the mean.
  /// - Precondition: The rows are as long as those the components are of.
  package func explainedVariance(
    of rows: Tensor, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> Double {
    // The components are orthonormal, so that ‖x̂ − mean‖ is the length of the coordinates.
    let total = centered(rows).squaredNorm
    return total > 0 ? coordinates(of: rows, threads: threads).squaredNorm / total : 0
  }

  private func centered(_ rows: Tensor) -> Tensor {
    precondition(
      rows.shape.count == 2 && rows.shape[1] == mean.count,
      "Rows of shape \(rows.shape) do not fit components of \(mean.count) numbers.")
    return Self.centered(rows, by: mean)
  }

  private static func mean(of rows: Tensor) -> Tensor {
    let (n, d) = (rows.shape[0], rows.shape[1])
    var sums = [Double](repeating: 0, count: d)
    rows.withElements { rows in
      for row in 0..<n {
        for index in 0..<d { sums[index] += Double(rows[row * d + index]) }
      }
    }
    return Tensor(shape: [d], elements: sums.map { Float($0 / Double(n)) })
  }

  private static func centered(_ rows: Tensor, by mean: Tensor) -> Tensor {
    let d = mean.count
    return Tensor(unsafeUninitialized: rows.shape) { out in
      rows.withElements { rows in
        mean.withElements { mean in
          for start in stride(from: 0, to: rows.count, by: max(d, 1)) {
            for index in 0..<d { out[start + index] = rows[start + index] - mean[index] }
          }
        }
      }
    }
  }

  /// Rows made orthonormal, each to those before it: with R·Rᵀ = L·Lᵀ they are L⁻¹·R.
  private static func orthonormalized(_ rows: Tensor, threads: Int) -> Tensor {
    let (count, d) = (rows.shape[0], rows.shape[1])
    let products = Kernels.matrixProduct(rows, rows, transposingSecond: true, threads: threads)
    guard let factor = Kernels.cholesky(products.elements.map(Double.init), order: count) else {
      preconditionFailure("Components whose variance is not rounding are independent.")
    }
    var result = rows
    result.withMutableElements { result in
      for row in 0..<count {
        for earlier in 0..<row {
          let share = Float(factor[row * count + earlier])
          for index in 0..<d { result[row * d + index] -= share * result[earlier * d + index] }
        }
        let scale = Float(1 / factor[row * count + row])
        for index in 0..<d { result[row * d + index] *= scale }
      }
    }
    return result
  }
}
