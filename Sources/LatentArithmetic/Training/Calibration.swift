import Foundation
import LatentCore

/// Makes θ = 1 one visible change, for trained words and for all others.
///
/// Goals, in this order:
/// 1. The sign is right: a positive θ adds the attribute. A loss with free θ leaves the sign free.
/// 2. A word changes its own attribute and no other: attributes of faces come together, and so do the lines that are
///    learnt from faces. They are made orthogonal, each as little turned as can be.
/// 3. θ = 1 is the smallest step after which most photos show the attribute, as a scorer sees it. How far codes with
///    and without an attribute lie apart does not say what the drawing shows: by that unit θ had to be 2 to 4. It
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
enum Calibration {
  /// The ridge, as a share of the mean squared response.
  private static let ridge = 1e-3

  /// The projector with its output layer fitted to calibrated directions.
  ///
  /// Words that all pictures have, or none, cannot be calibrated and are left out of the fit.
  ///
  /// - Parameters:
  ///   - projector: A trained projector, whichever method it learnt by.
  ///   - embeddings: The words' vectors, [words, dimension].
  ///   - data: Codes and labels of the training pictures.
  ///   - orthogonalizes: Whether the words' lines are made orthogonal first.
  ///   - threads: The most threads to use.
  ///   - unit: How far θ = 1 goes along a direction of length 1; the mean change along it where nil.
  /// - Returns: All parameters of the calibrated projector.
  /// - Complexity: O(words·(pictures·d + hiddenUnits·(words + d))).
  static func calibrated(
    _ projector: Parameters, embeddings: Tensor, data: LabelledLatents, orthogonalizes: Bool,
    threads: Int, unit: (_ word: Int, _ direction: Direction<Z>) -> Float?
  ) -> Parameters {
    let network = ProjectorNetwork(parameters: projector, latentSize: data.latents.shape[1])
    let trained = network.layers.inferred(embeddings, projector, threads: threads)
    let hidden = Sequential([network.hidden]).inferred(embeddings, projector, threads: threads)
    let gaps = (0..<data.words).compactMap { word in data.differenceOfMeans(of: word).map { (word, $0) } }
    var lines = gaps.map { word, gap in
      let line = Direction<Z>(trained.row(word))
      return 1 / max(line.length, 1e-12) * (line.inner(gap) < 0 ? -line : line)
    }
    if orthogonalizes { lines = orthogonalized(lines) }
    let targets = zip(gaps, lines).map { entry, line in
      let (word, gap) = entry
      return ((unit(word, line) ?? line.inner(gap)) * line).values.map(Double.init)
    }
    let features = gaps.map { word, _ in hidden.row(word).map(Double.init) + [1] }
    let (weight, bias) = ridgeRegression(from: features, to: targets)
    var result = projector
    result["projector.output.weight"] = weight
    result["projector.output.bias"] = bias
    return result
  }

  /// The orthonormal directions nearest to given ones in the sum of squares, (WWᵀ)^(−½)·W (Löwdin 1950).
  ///
  /// None is preferred, as the first would be by Gram and Schmidt's way. Where directions depend on one another, as
  /// more than d of them do, they come as near to orthogonal as they can.
  static func orthogonalized(_ directions: [Direction<Z>]) -> [Direction<Z>] {
    let n = directions.count
    let gram = directions.flatMap { a in directions.map { b in Double(a.inner(b)) } }
    guard let (values, vectors) = Kernels.symmetricEigen(gram, order: n) else { return directions }
    let floor = 1e-3 * (values.first ?? 1)
    return (0..<n).map { row in
      let sum = (0..<n).reduce(Direction<Z>([Float](repeating: 0, count: directions[row].values.count))) {
        sum, column in
        let factor = (0..<n).reduce(0.0) { factor, k in
          factor + vectors[k * n + row] * vectors[k * n + column] / (max(values[k], 0) + floor).squareRoot()
        }
        return sum + Float(factor) * directions[column]
      }
      return 1 / max(sum.length, 1e-12) * sum
    }
  }

  /// W and b of least squares with a ridge, H·W + b ≈ T, solved in the dual: W = Hᵀ(HHᵀ + λI)⁻¹T.
  private static func ridgeRegression(
    from features: [[Double]], to targets: [[Double]]
  ) -> (weight: Tensor, bias: Tensor) {
    guard let units = features.first?.count, let d = targets.first?.count else {
      preconditionFailure("There are no words to calibrate.")
    }
    var products = features.flatMap { a in features.map { b in dot(a, b) } }
    let n = features.count
    let mean = (0..<n).reduce(0.0) { $0 + products[$1 * n + $1] } / Double(n)
    for index in 0..<n { products[index * n + index] += ridge * mean }
    guard let solution = Kernels.solvePositiveDefinite(products, targets.flatMap { $0 }, columns: d) else {
      preconditionFailure("A Gram matrix with a ridge is positive definite.")
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
