import Foundation
import LatentCore

// Goals, in order: (1) distances are exact in double, so that a copy is at distance 0 and within a ball of
// radius 0; (2) the bulk of the work is a matrix product; (3) memory for one block of rows.
//
// ‖a − b‖² = ‖a‖² + ‖b‖² − 2⟨a, b⟩ in single precision cancels for rows that are alike, which are those of
// interest. So it only bounds the distance from below, and the few pairs that the bound leaves open are
// computed outright.

extension FeatureSet {
  /// How far each row is from its nearest row in another set, by Euclid.
  ///
  /// Generated images that are nearer to those trained on than other photos are, are memorized.
  ///
  /// - Returns: A distance for each row, at least 0; infinite where a row is not finite.
  /// - Precondition: Rows of both sets are equally long.
  public func distancesToNearest(
    in other: FeatureSet, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> [Double] {
    squaredDistances(toNeighbor: 1, in: other, isSame: false, threads: threads).map { $0.squareRoot() }
  }

  /// How many generated images look real, and how much of the real variety is generated.
  ///
  /// Around each image of a set is a ball that reaches to its `neighbors`-th nearest in the set. Precision
  /// is the share of generated images within the balls of this set, recall that of this set within
  /// generated images' balls.
  ///
  /// Source: "Improved Precision and Recall Metric for Assessing Generative Models", Kynkäänniemi and others
  /// 2019.
  ///
  /// - Returns: Both in 0 … 1.
  /// - Precondition: Rows of both sets are equally long, and each set has more than `neighbors` rows.
  public func precisionAndRecall(
    of generated: FeatureSet, neighbors: Int = 3,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> (precision: Double, recall: Double) {
    func share(of inside: FeatureSet, within set: FeatureSet) -> Double {
      let radii = set.squaredDistances(toNeighbor: neighbors, in: set, isSame: true, threads: threads)
      return Double(inside.countWithin(squaredRadii: radii, around: set, threads: threads))
        / Double(inside.count)
    }
    return (share(of: generated, within: self), share(of: self, within: generated))
  }

  /// The square of each row's distance to the row of another set that `rank − 1` others are nearer than.
  ///
  /// In the same set a row is no neighbor of itself.
  private func squaredDistances(
    toNeighbor rank: Int, in other: FeatureSet, isSame: Bool, threads: Int
  ) -> [Double] {
    let candidates = other.count - (isSame ? 1 : 0)
    precondition(
      rank > 0 && rank <= candidates, "Among \(candidates) images there is no neighbor \(rank).")
    var result: [Double] = []
    forEachRow(boundedBelowTo: other, threads: threads) { row, bounds in
      var nearest = [Double](repeating: .infinity, count: rank)
      for (index, bound) in bounds.enumerated() where Double(bound) < nearest[rank - 1] {
        if isSame && index == row { continue }
        let distance = squaredDistance(of: row, to: index, in: other)
        guard distance < nearest[rank - 1] else { continue }
        var place = rank - 1
        while place > 0, nearest[place - 1] > distance {
          nearest[place] = nearest[place - 1]
          place -= 1
        }
        nearest[place] = distance
      }
      result.append(nearest[rank - 1])
    }
    return result
  }

  /// How many rows are in at least one of the balls.
  private func countWithin(squaredRadii: [Double], around centers: FeatureSet, threads: Int) -> Int {
    var count = 0
    forEachRow(boundedBelowTo: centers, threads: threads) { row, bounds in
      let isWithin = bounds.indices.contains { index in
        Double(bounds[index]) <= squaredRadii[index]
          && squaredDistance(of: row, to: index, in: centers) <= squaredRadii[index]
      }
      if isWithin { count += 1 }
    }
    return count
  }

  private func squaredDistance(of row: Int, to index: Int, in other: FeatureSet) -> Double {
    let d = dimension
    return rows.withElements { a in
      other.rows.withElements { b in
        var sum = 0.0
        for column in 0..<d {
          let difference = Double(a[row * d + column]) - Double(b[index * d + column])
          sum += difference * difference
        }
        return sum
      }
    }
  }

  /// Calls `body` with each row's index and a lower bound of its squared distance to each row of another set.
  private func forEachRow(
    boundedBelowTo other: FeatureSet, threads: Int, body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    checkDimension(of: other)
    let (d, blockRows) = (dimension, 256)
    let (squares, otherSquares) = (squaredNorms, other.squaredNorms)
    // A product of rows is off by at most (d/2)·ε·‖a‖·‖b‖ ≤ (d/4)·ε·(‖a‖² + ‖b‖²) with ε = 2⁻²³, and twice
    // that counts; the rest is for rounding the sums.
    let kept = 1 - Float(d + 16) * Float.ulpOfOne
    for start in stride(from: 0, to: count, by: blockRows) {
      let block = rows.rows(Array(start..<min(start + blockRows, count)))
      var bounds = Kernels.matrixProduct(block, other.rows, transposingSecond: true, threads: threads)
      let columns = other.count
      bounds.withMutableElements { bounds in
        for row in 0..<block.shape[0] {
          let square = squares[start + row]
          for column in 0..<columns {
            let product = bounds[row * columns + column]
            bounds[row * columns + column] = (square + otherSquares[column]) * kept - 2 * product
          }
        }
      }
      bounds.withElements { bounds in
        for row in 0..<block.shape[0] {
          body(start + row, UnsafeBufferPointer(rebasing: bounds[row * columns..<(row + 1) * columns]))
        }
      }
    }
  }

  private var squaredNorms: [Float] {
    let d = dimension
    return rows.withElements { elements in
      (0..<count).map { row in
        Float(elements[row * d..<(row + 1) * d].reduce(0.0) { $0 + Double($1) * Double($1) })
      }
    }
  }
}
