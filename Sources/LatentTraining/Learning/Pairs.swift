import LatentArithmetic
import LatentCore

/// A batch of pairs as the losses want it.
struct Pairs {
  private let pairs: [(source: Int, target: Int)]
  private let data: LabeledLatents
  private let sources: Tensor
  private let targets: Tensor
  /// Target minus source, [batch, d].
  let differences: Tensor

  init(_ pairs: [(source: Int, target: Int)], of data: LabeledLatents) {
    (self.pairs, self.data) = (pairs, data)
    sources = data.latents.rows(pairs.map(\.source))
    targets = data.latents.rows(pairs.map(\.target))
    differences = targets.subtracting(sources)
  }

  var count: Int { pairs.count }

  /// Row-major, batch × words: whether the pair differs in the word's attribute.
  private var active: [Bool] { compare { target, source in target != source } }

  /// +1 where the word appears, −1 where it disappears, 0 where it is inactive; [batch, words].
  private var signs: [Float] { compare { target, source in (target ? 1 : 0) - (source ? 1 : 0) } }

  /// A value for each pair and word, from the word's labels on both images.
  @inline(__always)
  private func compare<Value>(_ value: (_ target: Bool, _ source: Bool) -> Value) -> [Value] {
    let words = data.words
    return [Value](unsafeUninitializedCapacity: pairs.count * words) { values, count in
      data.labels.withUnsafeBufferPointer { labels in
        for (source, target) in pairs {
          for word in 0..<words {
            values.initializeElement(
              at: count + word, to: value(labels[target * words + word], labels[source * words + word]))
          }
          count += words
        }
      }
    }
  }

  /// The θ loss, in which the words that a pair differs in are active.
  func thetaLoss(of directions: Variable) -> Variable {
    directions.thetaLoss(differences: differences, active: active).loss
  }

  /// The mean over pairs and dimensions of (Σ s·w − D)², s being +1 for a word that appears and −1 for one that
  /// disappears.
  func signedLoss(of directions: Variable) -> Variable {
    directions.tape.constant(Tensor(shape: [pairs.count, directions.shape[0]], elements: signs))
      .matrixProduct(directions).meanSquaredError(to: differences)
  }

  /// Equation (1): the mean over pairs and dimensions of ((z + w)/2 − z₂)².
  ///
  /// w is the mean of the active words' signed vectors.
  func averagingLoss(of directions: Variable) -> Variable {
    let words = directions.shape[0]
    var weights = signs
    for pair in pairs.indices {
      let row = pair * words..<(pair + 1) * words
      let count = max(1, weights[row].count { $0 != 0 })
      for index in row { weights[index] /= Float(count) }
    }
    let tape = directions.tape
    let means = tape.constant(Tensor(shape: [pairs.count, words], elements: weights))
      .matrixProduct(directions)
    return means.adding(tape.constant(sources)).scaled(by: 0.5).meanSquaredError(to: targets)
  }

  func losses(_ loss: Float) -> ProjectorTraining.Losses {
    let total = differences.squaredNorm
    let left = Double(loss) * Double(differences.count)
    return ProjectorTraining.Losses(
      loss: loss, explainedVariance: total > 0 ? Float(1 - left / total) : 0)
  }
}
