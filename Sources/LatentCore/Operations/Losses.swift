import Foundation

extension Variable {
  /// The mean binary cross-entropy of logits: mean(log(1 + eˣ) − t·x), t in 0...1.
  ///
  /// - Precondition: Targets have the shape of the logits.
  package func binaryCrossEntropy(targets: Tensor) -> Variable {
    let threads = tape.threads
    return meanOverBatch(beside: targets) {
      Kernels.binaryCrossEntropy($0, targets: $1, threads: threads)
    }
  }

  /// The weighted mean w·(log(1 + eˣ) − t·x) over all elements, t in 0...1.
  ///
  /// - Precondition: Targets and weights have the shape of the logits.
  package func binaryCrossEntropy(targets: Tensor, weights: Tensor) -> Variable {
    precondition(
      targets.shape == shape && weights.shape == shape,
      "Targets \(targets.shape) and weights \(weights.shape) do not fit logits of shape \(shape).")
    return meanOverBatch { rows in
      let part = value.part(rows)
      let (x, t, w) = (part.elements, targets.part(rows).elements, weights.part(rows).elements)
      let scale = 1 / Float(x.count)
      let loss = x.indices.reduce(0.0) { sum, i in
        sum + Double(w[i] * (max(x[i], 0) - t[i] * x[i] + log1p(exp(-abs(x[i])))))
      }
      let gradient = Tensor(
        shape: part.shape, elements: x.indices.map { scale * w[$0] * (1 / (1 + exp(-x[$0])) - t[$0]) })
      return (Float(loss) * scale, gradient)
    }
  }

  /// mean((self − target)²).
  ///
  /// - Precondition: Both have the same shape.
  package func meanSquaredError(to target: Tensor) -> Variable {
    let threads = tape.threads
    return meanOverBatch(beside: target) { Kernels.meanSquaredError($0, $1, threads: threads) }
  }

  /// The mean over the batch of a loss and its gradient; `part` computes both, as the mean over some rows.
  private func meanOverBatch(_ part: (Range<Int>) -> (Float, Tensor)) -> Variable {
    let share = share
    var gradients: [Tensor] = []
    let sum = share.sum(rows: shape.first ?? 1) { rows in
      let (loss, gradient) = part(rows)
      gradients.append(gradient)
      return [Double(loss)]
    }
    return scalar(
      Float(sum[0] / Double(share.slices)),
      gradient: gradients.count == 1 ? gradients[0] : .concatenated(gradients),
      factor: 1 / Float(share.slices))
  }

  /// The mean over the batch of a loss beside a constant of the same shape.
  private func meanOverBatch(
    beside other: Tensor, _ part: (Tensor, Tensor) -> (Float, Tensor)
  ) -> Variable {
    precondition(shape == other.shape, "Tensors of shapes \(shape) and \(other.shape) cannot be compared.")
    return meanOverBatch { part(value.part($0), other.part($0)) }
  }

  /// A scalar function of this variable whose gradient, but for a factor, was computed along with it, and is handed on as it
  /// is where the scalar is what is differentiated.
  private func scalar(_ loss: Float, gradient: Tensor, factor: Float = 1) -> Variable {
    let threads = tape.threads
    return tape.record(self, value: Tensor(shape: [], repeating: loss)) { dy, _ in
      [
        dy.scalar * factor == 1
          ? gradient : Kernels.linearCombination(dy.scalar * factor, gradient, 0, gradient, threads: threads)
      ]
    }
  }

  /// What the θ loss returns.
  package struct ThetaLoss {
    /// The mean over the batch of ‖u‖²/d, a scalar.
    package let loss: Variable
    /// θ of each pair and word, [batch, words]; 0 where the word is inactive.
    package let theta: Tensor
    /// ‖u‖²/d of each pair, [batch].
    package let losses: Tensor
  }

  /// The θ loss of these word vectors: how far their best multiples are from the differences of latents.
  ///
  /// For each pair with difference D and its active words w_j:
  /// θ_j = ⟨w_j, D⟩/(⟨w_j, w_j⟩ + ε), u = Σ θ_j w_j − D, loss = ‖u‖²/d. The derivative of θ_j is part of the gradient:
  /// ∂loss/∂w_j = (2/d)·[θ_j u + (⟨u, w_j⟩/(⟨w_j, w_j⟩ + ε))·(D − 2θ_j w_j)].
  /// The loss depends on the line that w_j spans, not on its sign or length.
  ///
  /// Shapes: self [words, d], shared by all pairs, or [batch, words, d]; differences [batch, d]; active, row-major,
  /// batch × words.
  ///
  /// Source: "Latent Space Arithmetic with Images and Texts", eq. (2)–(7), with D = target − source, which mends the
  /// sign of eq. (7).
  ///
  /// - Precondition: The shapes agree.
  /// - Complexity: O(d) for each active word of each pair.
  package func thetaLoss(
    differences: Tensor, active: [Bool], epsilon: Float = 1e-8
  ) -> ThetaLoss {
    let threads = tape.threads
    let (theta, losses, dw) = Kernels.thetaLoss(
      value, differences, active: active, epsilon: epsilon, threads: threads)
    let mean = Float(losses.withElements { $0.reduce(0.0) { $0 + Double($1) } } / Double(losses.count))
    let loss = scalar(mean, gradient: dw)
    return ThetaLoss(loss: loss, theta: theta, losses: losses)
  }
}
