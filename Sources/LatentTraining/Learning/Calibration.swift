import Foundation
import LatentArithmetic
import LatentCore

/// Makes θ = 1 one visible change, for trained words and for all others.
///
/// Goals, in this order:
/// 1. The sign is right: a positive θ adds the attribute. A loss with free θ leaves the sign free.
/// 2. A word changes its own attribute and no other: attributes of faces come together, and so do the lines that are
///    learned from faces. They are made orthogonal, each as little turned as can be.
/// 3. θ = 1 is the smallest step after which photos look to a scorer as real ones with the attribute. How far codes with
///    and without an attribute lie apart does not say what the generated image shows: by that unit θ had to be 2 to 4. It
///    serves only where no scorer knows the attribute.
/// 4. A word that was never trained inherits sign and unit from the words it resembles. So they must be a function of
///    the embedding, and not a table beside the projector.
///
/// With ŵ = w/‖w‖ and D = z₂ − z for pairs that gain the attribute, the mean of ⟨ŵ, D⟩ over all such pairs is
/// θ̄ = ⟨ŵ, μ₁ − μ₀⟩, μ₁ and μ₀ being the mean codes with and without it; pairs that lose it give the same, so no pair
/// is drawn. Its sign is the word's, and its size the unit of goal 3's exception.
///
/// The output layer is then fitted anew by ridge regression from the hidden layer's response to the calibrated
/// directions. With fewer words than units this reproduces them but for the ridge, and in between it follows the
/// similarity of the hidden responses. Rejected: scaling each direction as it is looked up (a table, goal 4), and the
/// smallest change of the trained output layer that fits (where a trained sign was wrong, the words around keep it).
package enum Calibration {
  /// The ridge, as a share of the mean squared response.
  private static let ridge = 1e-5

  /// The projector with its output layer fitted to calibrated directions.
  ///
  /// Words that all images have, or none, cannot be calibrated and are left out of the fit.
  ///
  /// - Parameters:
  ///   - projector: A trained projector, whichever method it learned by.
  ///   - embeddings: The words' vectors, [words, dimension].
  ///   - data: Codes and labels of the training images.
  ///   - companions: Words that were not trained on, whose directions are known all the same.
  ///   - orthogonalizes: Whether the words' lines are made orthogonal first.
  ///   - threads: The most threads to use.
  ///   - unit: How far θ = 1 goes along a direction of length 1; the mean change along it where nil.
  /// - Returns: All parameters of the calibrated projector.
  /// - Throws: ``TrainingError/calibrationNotFinite``; what `unit` throws.
  /// - Complexity: O(words·(images·d + hiddenUnits·(words + d))).
  static func calibrated(
    _ projector: Parameters, embeddings: Tensor, data: LabeledLatents, companions: [Companion] = [],
    orthogonalizes: Bool, threads: Int,
    unit: (_ word: Int, _ direction: Direction<ZSpace>) throws -> Float?
  ) throws -> Parameters {
    let network = ProjectorNetwork(parameters: projector, latentSize: data.latents.shape[1])
    let trained = network.layers.inferred(embeddings, projector, threads: threads)
    var result = projector.widened(for: embeddings, threads: threads)
    func features(_ embeddings: Tensor) -> [[Double]] {
      let hidden = Sequential([network.hidden]).inferred(embeddings, result, threads: threads)
      return (0..<embeddings.shape[0]).map { hidden.row($0).map(Double.init) + [1] }
    }
    let gaps = (0..<data.words).compactMap { word in data.differenceOfMeans(of: word).map { (word, $0) } }
    var lines = gaps.map { word, gap in
      let line = Direction<ZSpace>(trained.row(word))
      return 1 / max(line.length, 1e-12) * (line.inner(gap) < 0 ? -line : line)
    }
    if orthogonalizes { lines = orthogonalized(lines) }
    let directions = Dictionary(
      uniqueKeysWithValues: try zip(gaps, lines).map { entry, line in
        (entry.0, (try unit(entry.0, line) ?? line.inner(entry.1)) * line)
      })
    let zero = Direction<ZSpace>([Float](repeating: 0, count: data.latents.shape[1]))
    let known = companions.compactMap { companion in
      companion.word.map { word in directions[word].map { (companion.embedding, $0) } }
        ?? (companion.embedding, zero)
    }
    let rows = gaps.map { word, _ in embeddings.row(word) } + known.map(\.0)
    let targets = gaps.compactMap { word, _ in directions[word] } + known.map(\.1)
    let (weight, bias) = try ridgeRegression(
      from: features(Tensor(shape: [rows.count, network.dimension], elements: rows.flatMap { $0 })),
      to: targets.map { $0.values.map(Double.init) })
    result["projector.output.weight"] = weight
    result["projector.output.bias"] = bias
    guard result.nonFinite.isEmpty else { throw TrainingError.calibrationNotFinite }
    return result
  }

  /// A word that was not trained on, through which the fit is to go as well.
  package struct Companion {
    /// Its vector.
    let embedding: [Float]
    /// The trained word that means the same; nil for a word that says nothing of a face, whose direction is zero.
    let word: Int?
  }

  /// The sum of directions by factors, made one of length 1.
  private static func mixed(_ lines: [Direction<ZSpace>], by factors: [Float]) -> Direction<ZSpace> {
    let zero = Direction<ZSpace>([Float](repeating: 0, count: lines.first?.values.count ?? 0))
    let sum = zip(factors, lines).reduce(zero) { $0 + $1.0 * $1.1 }
    return 1 / max(sum.length, 1e-12) * sum
  }

  /// The orthonormal directions nearest to given ones in the sum of squares, (WWᵀ)^(−½)·W (Löwdin 1950).
  ///
  /// None is preferred, as the first would be by Gram and Schmidt's way. Where directions depend on one another, as
  /// more than d of them do, they come as near to orthogonal as they can.
  static func orthogonalized(_ directions: [Direction<ZSpace>]) -> [Direction<ZSpace>] {
    let n = directions.count
    let gram = directions.flatMap { a in directions.map { b in Double(a.inner(b)) } }
    guard let (values, vectors) = Kernels.symmetricEigen(gram, order: n) else { return directions }
    let floor = 1e-3 * (values.first ?? 1)
    return (0..<n).map { row in
      mixed(
        directions,
        by: (0..<n).map { column in
          Float(
            (0..<n).reduce(0.0) { factor, k in
              factor + vectors[k * n + row] * vectors[k * n + column]
                / (max(values[k], 0) + floor).squareRoot()
            })
        })
    }
  }

  /// W and b of least squares with a ridge, H·W + b ≈ T, solved in the dual: W = Hᵀ(HHᵀ + λI)⁻¹T.
  private static func ridgeRegression(
    from features: [[Double]], to targets: [[Double]]
  ) throws(TrainingError) -> (weight: Tensor, bias: Tensor) {
    guard let units = features.first?.count, let d = targets.first?.count else {
      preconditionFailure("There are no words to calibrate.")
    }
    var products = features.flatMap { a in features.map { b in dot(a, b) } }
    let n = features.count
    let mean = (0..<n).reduce(0.0) { $0 + products[$1 * n + $1] } / Double(n)
    for index in 0..<n { products[index * n + index] += ridge * mean }
    guard let solution = Kernels.solvePositiveDefinite(products, targets.flatMap { $0 }, columns: d) else {
      // With its ridge a Gram matrix of finite numbers is positive definite.
      throw .calibrationNotFinite
    }
    var rows: [Float] = []
    for unit in 0..<units {
      for column in 0..<d {
        rows.append(Float((0..<n).reduce(0.0) { $0 + features[$1][unit] * solution[$1 * d + column] }))
      }
    }
    // The last unit is the constant 1, whose row is the bias.
    return (
      Tensor(shape: [units - 1, d], elements: rows.dropLast(d)),
      Tensor(shape: [d], elements: rows.suffix(d))
    )
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 }
  }
}

extension Parameters {
  /// How large the hidden layer's sums are to be, as a root of their mean square over the words.
  private static let width = 5.0

  /// A projector whose hidden layer has its weights and biases multiplied by one factor.
  ///
  /// As they are trained the sums are small, and in their range the ELU is all but a line: the fit would be linear, and
  /// a word between others would get sums and differences of all their directions. Where the ELU bends, a word
  /// resembles those near it. The output layer no longer belongs to such a hidden layer and has to be fitted anew.
  fileprivate func widened(for embeddings: Tensor, threads: Int) -> Parameters {
    let paths = ["projector.hidden.weight", "projector.hidden.bias"]
    guard let weight = self[paths[0]] else { preconditionFailure("A projector has a hidden layer.") }
    let sums = Kernels.matrixProduct(embeddings, weight, threads: threads)
    let factor = Float(Self.width / max((sums.squaredNorm / Double(sums.count)).squareRoot(), 1e-12))
    var result = self
    for path in paths {
      result[path] = self[path].map { Kernels.linearCombination(factor, $0, 0, $0, threads: threads) }
    }
    return result
  }
}
