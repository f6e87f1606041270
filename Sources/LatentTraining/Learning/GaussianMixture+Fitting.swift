import Foundation
import LatentArithmetic
import LatentCore

extension GaussianMixture {
  /// The most components, as Ghosh and others took.
  private static let components = 10
  /// Codes for each number of a code that a component must find, or its covariance is noise.
  private static let codesPerDimension = 2
  private static let groupings = 20, rounds = 30
  /// The share of the codes below which a component is left out: it has found a few that lie far from all others.
  private static let smallestShare = 0.01

  /// Fits a mixture to codes, [count, d], by expectation and maximization (Dempster, Laird and Rubin 1977).
  ///
  /// It starts from the groups of the k-means method, whose first centers lie far apart (Arthur and Vassilvitskii 2007).
  /// From those centers alone half of the components ended with all codes, and the others with a handful. Each covariance
  /// has a ridge, as in ``Whitening``. Few codes get fewer components.
  ///
  /// - Throws: ``TrainingError/codesNotFinite(image:)``; `CancellationError` when the task is cancelled.
  /// - Precondition: There is more than one code.
  /// - Complexity: 4·count·d² operations for each component and each of thirty rounds.
  package init(
    fitting codes: Tensor, seed: UInt64, threads: Int, report: (StepProgress) -> Void = { _ in }
  ) throws {
    let (count, d) = (codes.shape[0], codes.shape[1])
    let most = min(Self.components, max(1, count / (Self.codesPerDimension * d)))
    var stream = RandomStream(seed: seed, name: "mixture")
    var shares = Self.groups(of: codes, components: most, &stream, threads: threads)
    var fitted: [(weight: Double, shape: Whitening)] = []
    try StepLoop.forEach("fitting random codes", of: Self.rounds, report: report) { _ in
      fitted = try shares.compactMap { share in
        let weight = share.reduce(0.0) { $0 + Double($1) } / Double(count)
        return weight < Self.smallestShare
          ? nil : (weight, try Whitening(of: codes, weights: share, threads: threads))
      }
      shares = Self.shares(of: codes, among: fitted, threads: threads)
    }
    self.init(
      weights: Tensor(shape: [fitted.count], elements: fitted.map { Float($0.weight) }),
      means: Tensor(shape: [fitted.count, d], elements: fitted.flatMap(\.shape.mean.elements)),
      colorings: Tensor(shape: [fitted.count, d, d], elements: fitted.flatMap(\.shape.coloring.elements)))
  }

  /// Each code counted to the nearest of the means of as many groups (Lloyd 1982), which start from codes drawn by their
  /// squared distance from those before.
  private static func groups(
    of codes: Tensor, components: Int, _ stream: inout RandomStream, threads: Int
  ) -> [[Float]] {
    let count = codes.shape[0]
    var distances = [Float](repeating: 1, count: count)
    var centers: [[Float]] = []
    for _ in 0..<components {
      centers.append(codes.row(index(at: stream.uniform(), of: distances)))
      distances = squaredDistances(of: codes, to: centers, threads: threads).map { max(0, $0.min() ?? 0) }
    }
    var shares: [[Float]] = []
    for _ in 0..<groupings {
      let nearest = squaredDistances(of: codes, to: centers, threads: threads).map { distances in
        distances.indices.min { distances[$0] < distances[$1] } ?? 0
      }
      shares = centers.indices.map { center in nearest.map { $0 == center ? 1 : 0 } }
      let sums = Kernels.matrixProduct(
        Tensor(shape: [centers.count, count], elements: shares.flatMap { $0 }), codes, threads: threads)
      for (center, share) in shares.enumerated() {
        let size = share.reduce(0, +)
        if size > 0 { centers[center] = sums.row(center).map { $0 / size } }
      }
    }
    return shares
  }

  /// ‖z − c‖² of each code, up to rounding, a row each.
  private static func squaredDistances(of codes: Tensor, to centers: [[Float]], threads: Int) -> [[Float]] {
    func square(_ row: [Float]) -> Float { row.reduce(0) { $0 + $1 * $1 } }
    let d = codes.shape[1]
    let products = Kernels.matrixProduct(
      codes, Tensor(shape: [centers.count, d], elements: centers.flatMap { $0 }), transposingSecond: true,
      threads: threads)
    let lengths = centers.map(square)
    return (0..<codes.shape[0]).map { code in
      let own = square(codes.row(code))
      return zip(products.row(code), lengths).map { own + $1 - 2 * $0 }
    }
  }

  /// The index that is drawn with a chance in proportion to its weight.
  private static func index(at place: Double, of weights: [Float]) -> Int {
    let total = weights.reduce(0.0) { $0 + Double($1) }
    var sum = 0.0
    return weights.firstIndex {
      sum += Double($0)
      return place * total < sum
    } ?? weights.count - 1
  }

  /// How likely each code is of each component: softmax over components of log πₖ − ½·(log det Σₖ + ‖Lₖ⁻¹(z − μₖ)‖²).
  private static func shares(
    of codes: Tensor, among components: [(weight: Double, shape: Whitening)], threads: Int
  ) -> [[Float]] {
    let logarithms = components.map { component -> [Double] in
      let white = component.shape.whitened(codes, threads: threads)
      return (0..<codes.shape[0]).map { code in
        let square = white.row(code).reduce(0.0) { $0 + Double($1) * Double($1) }
        return log(component.weight) - 0.5 * (component.shape.logarithmOfDeterminant + square)
      }
    }
    var shares = components.map { _ in [Float](repeating: 0, count: codes.shape[0]) }
    for code in 0..<codes.shape[0] {
      let largest = logarithms.map { $0[code] }.max() ?? 0
      let powers = logarithms.map { exp($0[code] - largest) }
      let total = powers.reduce(0, +)
      for component in components.indices { shares[component][code] = Float(powers[component] / total) }
    }
    return shares
  }
}
