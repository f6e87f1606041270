import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Distances between sets of features, against closed forms and against every pair.
struct FeatureSetTests {
  // MARK: - Fréchet distance

  // Of covariances with the same eigenvectors the distance is ‖μ₁ − μ₂‖² + Σ(√λ₁ᵢ − √λ₂ᵢ)².
  @Test func covariancesThatCommute() {
    var cases = 0
    for d in [1, 2, 7, 40] {
      let basis = Self.orthogonalBasis(d, seed: UInt64(d))
      let deviations = [3, 4].map { randomDoubles(count: d, seed: UInt64($0)).map { abs($0) + 0.1 } }
      let means = [5, 6].map { randomDoubles(count: d, seed: UInt64($0)) }
      // The rows μ ± s·qᵢ have the covariance Σ 2s²·qᵢqᵢᵀ/(2d − 1).
      let sets = zip(deviations, means).map { deviations, mean in
        Self.featureSet(
          (0..<2 * d).map { row in
            let length = (row % 2 == 0 ? 1 : -1) * deviations[row / 2]
            return (0..<d).map { mean[$0] + length * basis[row / 2][$0] }
          })
      }
      let scale = 2 / Double(2 * d - 1)
      let expected =
        zip(means[0], means[1]).reduce(0) { $0 + pow($1.0 - $1.1, 2) }
        + zip(deviations[0], deviations[1]).reduce(0) { $0 + scale * pow($1.0 - $1.1, 2) }
      let size =
        (means.joined().reduce(0) { $0 + $1 * $1 }) + deviations.joined().reduce(0) { $0 + scale * $1 * $1 }
      let got = sets[0].frechetDistance(to: sets[1])
      // The rows are rounded to single precision.
      #expect(abs(got - expected) <= 16 * Double(Float.ulpOfOne) * size, "\(d): \(got) \(expected)")
      #expect(abs(sets[1].frechetDistance(to: sets[0]) - got) <= 1e-7 * size)
      cases += 1
    }
    #expect(cases == 4)
  }

  // In two dimensions tr (Σ₁Σ₂)^½ = √(tr Σ₁Σ₂ + 2√(det Σ₁ · det Σ₂)), whether they commute or not.
  @Test func covariancesOfTwoDimensions() {
    var cases = 0
    for seed in UInt64(1)...10 {
      let a = Self.randomRows(13, 2, seed: seed, mixing: 1)
      let b = Self.randomRows(31, 2, seed: seed + 100, mixing: -0.5)
      let (m, s) = Self.moments(a)
      let (n, t) = Self.moments(b)
      let product = s[0] * t[0] + s[1] * t[2] + s[2] * t[1] + s[3] * t[3]
      let determinants = (s[0] * s[3] - s[1] * s[2]) * (t[0] * t[3] - t[1] * t[2])
      let root = (product + 2 * determinants.squareRoot()).squareRoot()
      let expected =
        pow(m[0] - n[0], 2) + pow(m[1] - n[1], 2) + s[0] + s[3] + t[0] + t[3] - 2 * root
      let got = Self.featureSet(a).frechetDistance(to: Self.featureSet(b))
      #expect(abs(got - expected) <= 1e-13 * (s[0] + s[3] + t[0] + t[3] + expected))
      cases += 1
    }
    #expect(cases == 10)
  }

  @Test func equalSetsAreNotApart() {
    // More rows than numbers, and fewer: the second covariance is singular.
    for (count, d) in [(200, 24), (9, 24)] {
      let set = Self.featureSet(Self.randomRows(count, d, seed: 8, mixing: 0.7))
      let variance = (0..<d).reduce(0.0) { sum, column in
        sum + (0..<count).reduce(0.0) { $0 + pow(Double(set.rows.elements[$1 * d + column]), 2) }
      }
      // An eigenvalue of zero may come out as d·ε·λ², of which the root is taken.
      let tolerance = Double(d) * (Double(d) * Double.ulpOfOne).squareRoot() * variance / Double(count - 1)
      let distance = set.frechetDistance(to: set)
      #expect(distance >= 0 && distance <= tolerance, "\(distance)")
    }
  }

  @Test func whatIsNotFiniteHasNoDistance() {
    let set = Self.featureSet(Self.randomRows(6, 3, seed: 9, mixing: 0))
    let broken = FeatureSet(Tensor(shape: [2, 3], elements: [1, 2, 3, .nan, 4, 5]))
    #expect(set.frechetDistance(to: broken).isNaN && broken.frechetDistance(to: set).isNaN)
    #expect(broken.distancesToNearest(in: set)[1] == .infinity)
  }

  // MARK: - Neighbors

  // Every pair, in double. The offset makes the product's rounding larger than the distances of near copies.
  @Test func nearestOfEveryPair() {
    let d = 8
    var others = Self.randomRows(290, d, seed: 10, mixing: 0).map { $0.map { $0 + 50 } }
    let rows = Self.randomRows(300, d, seed: 11, mixing: 0).map { $0.map { $0 + 50 } }
    others[17] = rows[299]
    others[18] = rows[3].map { $0 + 0x1p-10 }
    let expected = rows.map { row in
      others.map { other in Self.squaredDistance(row, other) }.min()?.squareRoot() ?? .nan
    }
    for threads in [1, 2] {
      let got = Self.featureSet(rows).distancesToNearest(in: Self.featureSet(others), threads: threads)
      #expect(worstError(got, expected, scale: 1) <= 1e-14)
      #expect(got.count == 300 && got[299] == 0)
    }
  }

  // Balls of every pair, in double.
  @Test func ballsOfEveryPair() {
    // Photos are of the groups 0, 1 and 2, generated images of 0 and 3; one photo comes four times, and
    // once more generated, so that it lies in a ball of radius 0.
    let d = 5
    func group(_ number: Int, _ count: Int, seed: UInt64) -> [[Double]] {
      Self.randomRows(count, d, seed: seed, mixing: 0).map { row in row.map { $0 + 20 * Double(number) } }
    }
    var photos = group(0, 100, seed: 20) + group(1, 90, seed: 21) + group(2, 80, seed: 22)
    var generated = group(0, 150, seed: 23) + group(3, 130, seed: 24)
    let copy = [Double](repeating: -40.25, count: d)
    photos += [copy, copy, copy, copy]
    generated.append(copy)

    let (precision, recall) = Self.featureSet(photos).precisionAndRecall(of: Self.featureSet(generated))
    #expect(precision == Self.shareWithin(generated, photos, neighbors: 3))
    #expect(recall == Self.shareWithin(photos, generated, neighbors: 3))
    // Of group 0 nearly all lie in balls, of the others none but the copy.
    #expect((100.0...151).contains(precision * 281) && (60.0...110).contains(recall * 274))
    let first = Self.featureSet(photos)
    #expect(first.precisionAndRecall(of: first) == (1, 1))
  }

  private static func shareWithin(_ rows: [[Double]], _ set: [[Double]], neighbors: Int) -> Double {
    let radii = set.indices.map { index in
      set.indices.filter { $0 != index }.map { squaredDistance(set[index], set[$0]) }.sorted()[neighbors - 1]
    }
    let within = rows.count { row in zip(set, radii).contains { squaredDistance(row, $0) <= $1 } }
    return Double(within) / Double(rows.count)
  }

  // MARK: - Rows

  /// Normal rows, rounded to single precision; `mixing` adds a share of each number to the next.
  private static func randomRows(_ count: Int, _ d: Int, seed: UInt64, mixing: Double) -> [[Double]] {
    let values = randomDoubles(count: count * d, seed: seed)
    return (0..<count).map { row in
      (0..<d).map { column in
        let previous = column > 0 ? values[row * d + column - 1] : 0
        return Double(Float(values[row * d + column] + mixing * previous))
      }
    }
  }

  private static func featureSet(_ rows: [[Double]]) -> FeatureSet {
    FeatureSet(Tensor(shape: [rows.count, rows[0].count], elements: rows.joined().map { Float($0) }))
  }

  private static func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { sum, pair in
      let difference = Double(Float(pair.0)) - Double(Float(pair.1))
      return sum + difference * difference
    }
  }

  /// The mean and the covariance, with n − 1.
  private static func moments(_ rows: [[Double]]) -> (mean: [Double], covariance: [Double]) {
    let d = rows[0].count
    let mean = (0..<d).map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
    let covariance = (0..<d * d).map { index in
      let (i, j) = (index / d, index % d)
      return rows.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / Double(rows.count - 1)
    }
    return (mean, covariance)
  }

  /// Random rows made orthonormal one after the other.
  private static func orthogonalBasis(_ d: Int, seed: UInt64) -> [[Double]] {
    var basis: [[Double]] = []
    for var row in randomRows(d, d, seed: seed, mixing: 0) {
      for _ in 0..<2 {
        for other in basis {
          let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          row = zip(row, other).map { $0 - product * $1 }
        }
      }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(row.map { $0 / length })
    }
    return basis
  }
}
