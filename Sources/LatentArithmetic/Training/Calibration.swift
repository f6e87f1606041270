import Foundation
import LatentCore

/// Makes θ = 1 one typical change, for trained words and for all others.
///
/// Goals, in this order:
/// 1. The sign is right: a positive θ adds the attribute. The θ loss leaves the sign free.
/// 2. θ = 1 is the mean change of an attribute: the loss leaves the length free, too.
/// 3. A word that was never trained inherits sign and unit from the words it resembles. So they must be a function of
///    the embedding, and not a table beside the projector.
///
/// With ŵ = w/‖w‖ and D = z₂ − z for pairs that gain the attribute, the mean of ⟨ŵ, D⟩ over all such pairs is
/// θ̄ = ⟨ŵ, μ₁ − μ₀⟩, μ₁ and μ₀ being the mean codes with and without it; pairs that lose it give the same, so no pair
/// is drawn. The calibrated direction is θ̄·ŵ: a negative θ̄ turns ŵ round.
///
/// The output layer is then fitted anew by ridge regression from the hidden layer's response to the calibrated
/// directions. With fewer words than units this reproduces them but for the ridge, and in between it follows the
/// similarity of the hidden responses. Rejected: scaling each direction as it is looked up (a table, goal 3), and the
/// smallest change of the trained output layer that fits (where a trained sign was wrong, the words around keep it).
enum Calibration {
  /// The ridge, as a share of the mean squared response.
  private static let ridge = 1e-3

  /// The projector with its output layer fitted to calibrated directions.
  ///
  /// Words that all pictures have, or none, cannot be calibrated and are left out of the fit.
  ///
  /// - Parameters:
  ///   - projector: A trained projector, whichever of the two methods it learnt by.
  ///   - embeddings: The words' vectors, [words, dimension].
  ///   - data: Codes and labels of the training pictures.
  ///   - threads: The most threads to use.
  /// - Returns: All parameters of the calibrated projector.
  /// - Complexity: O(words·(pictures·d + hiddenUnits·(words + d))).
  static func calibrated(
    _ projector: Parameters, embeddings: Tensor, data: LabelledLatents, threads: Int
  ) -> Parameters {
    let network = ProjectorNetwork(parameters: projector, latentSize: data.latents.shape[1])
    let trained = network.layers.inferred(embeddings, projector, threads: threads)
    let hidden = Sequential([network.hidden]).inferred(embeddings, projector, threads: threads)
    var features: [[Double]] = []
    var targets: [[Double]] = []
    for word in 0..<data.words {
      guard let gap = meanGap(of: word, in: data) else { continue }
      let direction = trained.row(word).map(Double.init)
      let scale = dot(direction, gap) / max(dot(direction, direction), 1e-12)
      targets.append(direction.map { scale * $0 })
      features.append(hidden.row(word).map(Double.init) + [1])
    }
    let (weight, bias) = ridgeRegression(from: features, to: targets)
    var result = projector
    result["projector.output.weight"] = weight
    result["projector.output.bias"] = bias
    return result
  }

  /// μ₁ − μ₀, or nil where one of the two sides is empty.
  private static func meanGap(of word: Int, in data: LabelledLatents) -> [Double]? {
    let d = data.latents.shape[1]
    var sums = (with: [Double](repeating: 0, count: d), without: [Double](repeating: 0, count: d))
    var counts = (with: 0, without: 0)
    data.latents.withElements { codes in
      for picture in 0..<data.count {
        if data.label(picture, word) {
          counts.with += 1
          for index in 0..<d { sums.with[index] += Double(codes[picture * d + index]) }
        } else {
          counts.without += 1
          for index in 0..<d { sums.without[index] += Double(codes[picture * d + index]) }
        }
      }
    }
    guard counts.with > 0, counts.without > 0 else { return nil }
    return (0..<d).map { sums.with[$0] / Double(counts.with) - sums.without[$0] / Double(counts.without) }
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
