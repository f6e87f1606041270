extension Variable {
  /// Dropout: each element is 0 with probability `rate` and scaled by 1/(1 − rate) otherwise.
  ///
  /// Which ones is a function of the seed, the slice of the batch and the element's index in it.
  ///
  /// - Precondition: The rate lies in 0 ..< 1.
  package func droppedOut(rate: Float, seed: UInt64) -> Variable {
    let (threads, share) = (tape.threads, share)
    func drop(_ x: Tensor) -> Tensor {
      let first = share.ranks.rank * share.ownSlices
      return .concatenated(
        share.slices(ofOwn: x.shape.first ?? 1).enumerated().map { index, rows in
          Kernels.dropout(
            x.part(rows), rate: rate, seed: seed &+ UInt64(first + index), threads: threads)
        })
    }
    return tape.record(self, value: drop(value)) { dy, _ in [drop(dy)] }
  }

  /// Changes each image of a batch in color and place.
  ///
  /// - Precondition: The shape is [batch, height, width, channels] with one augmentation an image.
  package func augmented(by changes: [Augmentation]) -> Variable {
    let threads = tape.threads
    return tape.record(self, value: Kernels.augment(value, changes, threads: threads)) { dy, _ in
      [Kernels.augmentBackward(dy, changes, threads: threads)]
    }
  }

  /// Changes each image of a batch by what is drawn for it; each rank draws for the whole batch.
  package func augmented(byEach draw: () -> Augmentation) -> Variable {
    let changes = (0..<tape.share.whole(shape[0])).map { _ in draw() }
    return augmented(by: Array(changes[tape.share.own(of: changes.count)]))
  }

  /// What spectral normalization returns: the weight and the vector that its next call starts from.
  package struct SpectrallyNormalized {
    /// w/σ(w).
    package let weight: Variable
    /// The estimate of the first right singular vector, [out].
    package let singularVector: Tensor
  }

  /// The weight divided by its largest singular value, estimated by one step of power iteration from `u`.
  ///
  /// The weight is read as a matrix W of shape [count/out, out]: v = W·u/‖W·u‖, u′ = Wᵀv/‖Wᵀv‖, σ = ⟨v, W·u′⟩. With u and
  /// v held fixed, the cotangent of W is (g − ⟨g, W/σ⟩·v·u′ᵀ)/σ.
  ///
  /// Source: "Spectral Normalization for Generative Adversarial Networks", Miyato et al. 2018, algorithm 1.
  ///
  /// - Precondition: u has the shape [out], out being the weight's last dimension.
  package func spectrallyNormalized(from u: Tensor) -> SpectrallyNormalized {
    let (shape, out, threads) = (value.shape, u.count, tape.threads)
    precondition(shape.last == out, "A weight of shape \(shape) has no singular vector of shape \(u.shape).")
    let w = value.reshaped(to: [value.count / out, out])
    func scaled(_ x: Tensor, _ factor: Float) -> Tensor {
      Kernels.linearCombination(factor, x, 0, x, threads: threads)
    }
    func unit(_ x: Tensor) -> Tensor {
      scaled(x, Float(1 / (Kernels.dot(x, x, threads: threads) + 1e-24).squareRoot()))
    }
    let v = unit(Kernels.matrixProduct(w, u.reshaped(to: [out, 1]), threads: threads))
    let next = unit(Kernels.matrixProduct(w, v, transposingFirst: true, threads: threads))
    let sigma = Float(Kernels.dot(v, Kernels.matrixProduct(w, next, threads: threads), threads: threads))
    let normalized = scaled(w, 1 / sigma)
    let weight = tape.record(self, value: normalized.reshaped(to: shape)) { dy, _ in
      let dy = dy.reshaped(to: w.shape)
      let along = Float(Kernels.dot(dy, normalized, threads: threads))
      let outer = Kernels.matrixProduct(v, next, transposingSecond: true, threads: threads)
      return [
        Kernels.linearCombination(1 / sigma, dy, -along / sigma, outer, threads: threads)
          .reshaped(to: shape)
      ]
    }
    return SpectrallyNormalized(
      weight: weight, singularVector: next.reshaped(to: [out]))
  }
}
