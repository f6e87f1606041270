import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The directions that labels give.
struct LabeledDirectionTests {
  /// Codes of two normal classes that share a covariance, in double as they are in the data.
  private struct TwoClasses {
    let n: Int
    let d: Int
    let data: LabeledLatents
    let rows: [[Double]]
    let labels: [Bool]
    /// How wide each number is about its class's mean.
    let deviations: [Double]
    /// Half of what tells the classes apart.
    let shift: [Double]

    /// A word before the one that counts is true of all codes, one after it of none.
    init(n: Int, d: Int, share: Double, separation: Double, deviations: ClosedRange<Double>, offset: Double) {
      (self.n, self.d) = (n, d)
      let widths = (0..<d).map {
        deviations.lowerBound + Double($0) / Double(d - 1) * (deviations.upperBound - deviations.lowerBound)
      }
      let shift = randomDoubles(count: d, seed: 1).map { separation * $0 }
      var stream = RandomStream(seed: 2, name: "labels")
      let labels = (0..<n).map { _ in stream.uniform() < share }
      let noise = randomDoubles(count: n * d, seed: 3)
      let values = (0..<n * d).map { index in
        let center = offset + (labels[index / d] ? 1 : -1) * shift[index % d]
        return Float(center + widths[index % d] * noise[index])
      }
      (self.deviations, self.shift) = (widths, shift)
      self.labels = labels
      rows = (0..<n).map { row in values[row * d..<(row + 1) * d].map(Double.init) }
      data = LabeledLatents(
        latents: Tensor(shape: [n, d], elements: values), labels: labels.flatMap { [true, $0, false] },
        words: 3)
    }
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    return product / (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  // μ₁ − μ₀, both means in double; rounding to single precision is half an ulp, and that of the sums is far below it.
  @Test func differenceOfMeansIsThatOfTheDefinition() throws {
    let classes = TwoClasses(n: 501, d: 23, share: 0.3, separation: 1, deviations: 0.5...2, offset: 3)
    let expected = (0..<classes.d).map { index in
      let (with, without) = (
        (0..<classes.n).filter { classes.labels[$0] }, (0..<classes.n).filter { !classes.labels[$0] }
      )
      func mean(_ images: [Int]) -> Double {
        images.reduce(0) { $0 + classes.rows[$1][index] } / Double(images.count)
      }
      return mean(with) - mean(without)
    }
    let got = try #require(classes.data.differenceOfMeans(of: 1))
    let largest = largestMagnitude(expected)
    #expect(largest > 0.1)
    #expect(worstError(got.values, expected, scale: largest) <= Double(Float.ulpOfOne))
  }

  @Test(arguments: [0, 2]) func wordsThatDoNotVaryHaveNoDirection(word: Int) {
    let classes = TwoClasses(n: 40, d: 4, share: 0.5, separation: 1, deviations: 1...1, offset: 0)
    #expect(classes.data.differenceOfMeans(of: word) == nil)
    #expect(classes.data.boundary(of: word, threads: 1) == nil)
    #expect(classes.data.direction(of: word, among: [Direction<ZSpace>([1, 2, 3, 4])], threads: 1) == nil)
  }

  // At the only minimum of the convex loss ½‖v‖² + Σ log(1 + exp(m)) − y·m the gradient is zero,
  // v + Σ (p − y)·z = 0 and Σ (p − y) = 0. The fit ends where it is 10⁻¹⁰ of the sum's largest possible length;
  // another order of summation may add as much again. Classes that overlap, that can be separated, that are rare, and
  // codes that are neither centered nor of unit width; in the last but one Newton's whole steps lead away.
  @Test(
    arguments: [
      (300, 0.5, 0.3, 0.5...2, 0), (300, 0.5, 8, 1...1, 0), (2000, 0.02, 0.5, 1...1, 0),
      (500, 0.3, 20, 10...60, 40), (500, 0.01, 20, 10...60, 40), (12, 0.5, 0.5, 1...1, 0),
    ] as [(Int, Double, Double, ClosedRange<Double>, Double)])
  func gradientIsZeroAtTheFit(
    n: Int, share: Double, separation: Double, deviations: ClosedRange<Double>, offset: Double
  ) throws {
    let classes = TwoClasses(
      n: n, d: 17, share: share, separation: separation, deviations: deviations, offset: offset)
    let fit = try #require(LogisticRegression(of: 1, in: classes.data, threads: 2))
    var (gradient, sum, size) = (fit.normal, 0.0, 0.0)
    for (row, label) in zip(classes.rows, classes.labels) {
      let margin = zip(row, fit.normal).reduce(fit.intercept) { $0 + $1.0 * $1.1 }
      let residual = 1 / (1 + exp(-margin)) - (label ? 1 : 0)
      for index in row.indices { gradient[index] += residual * row[index] }
      sum += residual
      size += row.reduce(1) { $0 + $1 * $1 }.squareRoot()
    }
    #expect(worstError(gradient + [sum], gradient.map { _ in 0 } + [0], scale: size) <= 2e-10)
    let length = fit.normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let normal = try #require(classes.data.boundary(of: 1, threads: 1))
    // One thread or two add the products of the Hessian alike, so the fits are the same.
    #expect(
      worstError(normal.values, fit.normal.map { $0 / length }, scale: 1) <= Double(Float.ulpOfOne) / 2)
  }

  // For normal classes of one covariance Σ the log odds are linear in z with the normal Σ⁻¹(μ₁ − μ₀), which the fit
  // approaches. Its variance is the inverse Hessian's, n·E[p(1 − p)·(z − z̄)(z − z̄)ᵀ]; p(1 − p) is 0.08 on average
  // here, so the sine of the angle is some √(d/(0.08·n))/(‖v‖·σ) < 0.1, a cosine of 0.995. The difference of means
  // itself points elsewhere.
  @Test func boundaryIsTheBestOneOfNormalClasses() throws {
    let classes = TwoClasses(n: 8000, d: 12, share: 0.4, separation: 0.6, deviations: 0.5...2, offset: 0)
    let best = zip(classes.shift, classes.deviations).map { $0 / ($1 * $1) }
    let boundary = try #require(classes.data.boundary(of: 1)).values.map(Double.init)
    let gap = try #require(classes.data.differenceOfMeans(of: 1)).values.map(Double.init)
    #expect(cosine(boundary, best) > 0.99, "\(cosine(boundary, best))")
    #expect(cosine(gap, best) < 0.95, "\(cosine(gap, best))")
  }

  // The largest |corr(⟨c, z⟩, y)| by the definition in double, turned so that the correlation is positive.
  @Test func bestCandidateIsTheMostCorrelatedOne() throws {
    let classes = TwoClasses(n: 400, d: 9, share: 0.4, separation: 0.7, deviations: 0.5...2, offset: 1)
    let y = classes.labels.map { $0 ? 1.0 : 0 }
    func correlation(_ candidate: Direction<ZSpace>) -> Double {
      let along = classes.rows.map { row in
        zip(row, candidate.values).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      func centered(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.map { $0 - mean }
      }
      return cosine(centered(along), centered(y))
    }
    var signs: Set<Bool> = []
    for seed in 0..<20 as Range<UInt64> {
      let candidates = (0..<6 as Range<UInt64>).map {
        Direction<ZSpace>(randomFloats(count: classes.d, seed: 100 + 10 * seed + $0))
      }
      let best = try #require(candidates.max { abs(correlation($0)) < abs(correlation($1)) })
      signs.insert(correlation(best) > 0)
      #expect(
        classes.data.direction(of: 1, among: candidates, threads: 1) == (correlation(best) > 0 ? best : -best)
      )
    }
    #expect(signs == [true, false])
    #expect(classes.data.direction(of: 1, among: [Direction<ZSpace>](), threads: 1) == nil)
    let zero = Direction<ZSpace>([Float](repeating: 0, count: classes.d))
    #expect(classes.data.direction(of: 1, among: [zero], threads: 1) == nil)
  }
}
