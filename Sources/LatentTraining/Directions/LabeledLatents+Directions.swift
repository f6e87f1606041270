import Foundation
import LatentArithmetic
import LatentCore

extension LabeledLatents {
  /// The mean code of the images that a word applies to, less that of the others.
  ///
  ///     μ₁ − μ₀
  ///
  /// The means are taken in double. The direction is one typical change of the attribute,
  /// with all that goes along with the attribute in the data.
  ///
  /// - Parameters:
  ///   - word: Which of the words.
  ///   - space: The space that the codes are of.
  /// - Returns: d numbers, or nil where the word applies to all images or to none.
  /// - Precondition: There is such a word.
  public func differenceOfMeans<Space: LatentSpace>(
    of word: Int, in space: Space.Type = ZSpace.self
  ) -> Direction<Space>? {
    checkWord(word)
    let d = latents.shape[1]
    var sums = (with: [Double](repeating: 0, count: d), without: [Double](repeating: 0, count: d))
    var counts = (with: 0, without: 0)
    latents.withElements { codes in
      for image in 0..<count {
        let code = codes[image * d..<(image + 1) * d]
        if label(image, word) {
          counts.with += 1
          for (index, value) in code.enumerated() { sums.with[index] += Double(value) }
        } else {
          counts.without += 1
          for (index, value) in code.enumerated() { sums.without[index] += Double(value) }
        }
      }
    }
    guard counts.with > 0, counts.without > 0 else { return nil }
    return Direction(
      zip(sums.with, sums.without).map { with, without in
        Float(with / Double(counts.with) - without / Double(counts.without))
      })
  }

  /// The unit normal of the plane that separates the images a word applies to from the others.
  ///
  /// It points to where the word applies. The plane is that of a regularized logistic regression with an intercept,
  ///
  ///     min ½‖v‖² + Σ log(1 + exp(m)) − y·m,   m = ⟨v, z⟩ + b,
  ///
  /// where the paper has a linear support vector machine, min ½‖v‖² + Σ max(0, 1 − (2y − 1)·m). Both losses punish
  /// the same side of the plane and weigh the codes near it most, and the regularization is the same. The logistic
  /// one is smooth and strictly convex in v: its only minimum is reached in some ten steps of Newton's method,
  /// without a solver's tolerance deciding the result.
  ///
  /// Unlike the difference of means it allows for what the codes vary in beside the attribute; on white codes whose
  /// classes are normal with equal covariances the two are parallel.
  ///
  /// Source: "Interpreting the Latent Space of GANs for Semantic Face Editing", Shen and others 2020, section 3.1.
  ///
  /// - Parameters:
  ///   - word: Which of the words.
  ///   - space: The space that the codes are of.
  ///   - threads: The most threads to use.
  /// - Returns: d numbers of length 1, or nil where the word applies to all images or to none, or the codes do not
  ///   tell of it.
  /// - Precondition: There is such a word, and the codes are finite.
  /// - Complexity: Some ten times n·d².
  public func boundary<Space: LatentSpace>(
    of word: Int, in space: Space.Type = ZSpace.self,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> Direction<Space>? {
    checkWord(word)
    guard let normal = LogisticRegression(of: word, in: self, threads: threads)?.normal else { return nil }
    let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? Direction(normal.map { Float($0 / length) }) : nil
  }

  /// The one of some directions that goes best with a word, turned to where the word applies.
  ///
  /// It is the direction c with the largest absolute correlation of ⟨c, z⟩ with the word's label, over all images.
  /// Directions that were found without words get theirs this way.
  ///
  /// - Parameters:
  ///   - word: Which of the words.
  ///   - candidates: Directions of d numbers.
  ///   - threads: The most threads to use.
  /// - Returns: A candidate or its opposite, or nil where the word applies to all images or to none, or the codes
  ///   vary along none of the candidates.
  /// - Precondition: There is such a word, and the candidates have as many numbers as the codes.
  public func direction<Space: LatentSpace>(
    of word: Int, among candidates: [Direction<Space>],
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> Direction<Space>? {
    checkWord(word)
    for candidate in candidates {
      precondition(
        candidate.values.count == latents.shape[1],
        "A direction of \(candidate.values.count) numbers is none of codes of \(latents.shape[1]).")
    }
    let rows = Tensor(shape: [candidates.count, latents.shape[1]], elements: candidates.flatMap(\.values))
    let projections = Kernels.matrixProduct(latents, rows, transposingSecond: true, threads: threads)
    let labels = (0..<count).map { label($0, word) ? 1.0 : 0 }
    let correlations = projections.withElements { elements in
      candidates.indices.map { candidate in
        let along = (0..<count).map { Double(elements[$0 * candidates.count + candidate]) }
        return Self.correlation(along, labels)
      }
    }
    guard
      let best = candidates.indices.max(by: { abs(correlations[$0]) < abs(correlations[$1]) }),
      correlations[best] != 0
    else { return nil }
    return correlations[best] > 0 ? candidates[best] : -candidates[best]
  }

  private func checkWord(_ word: Int) {
    precondition(
      (0..<words).contains(word), "There is no word \(word) among \(words), which are counted from 0.")
  }

  /// Pearson's correlation, 0 where one of the two does not vary.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let means = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    var (products, squaresOfA, squaresOfB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      let (x, y) = (x - means.0, y - means.1)
      products += x * y
      squaresOfA += x * x
      squaresOfB += y * y
    }
    let scale = (squaresOfA * squaresOfB).squareRoot()
    return scale > 0 ? products / scale : 0
  }
}
