import CKernels

extension Kernels {
  /// The binary cross-entropy of logits and its gradient in one pass.
  static func binaryCrossEntropy(_ x: Tensor, targets: Tensor, threads: Int) -> (loss: Float, dx: Tensor) {
    precondition(
      x.shape == targets.shape, "Logits of shape \(x.shape) have no targets of shape \(targets.shape).")
    var loss = 0.0
    let dx = Tensor(unsafeUninitialized: x.shape) { dx in
      loss = withPointers(to: x, targets) { x, targets in
        ck_binary_cross_entropy(dx.count, x, targets, dx.baseAddress, Int32(threads))
      }
    }
    return (Float(loss), dx)
  }

  /// mean((a − b)²) and its gradient with respect to a in one pass.
  package static func meanSquaredError(_ a: Tensor, _ b: Tensor, threads: Int) -> (loss: Float, da: Tensor) {
    precondition(a.shape == b.shape, "Tensors of shapes \(a.shape) and \(b.shape) cannot be compared.")
    var loss = 0.0
    let da = Tensor(unsafeUninitialized: a.shape) { da in
      loss = withPointers(to: a, b) { a, b in
        ck_mean_squared_error(da.count, a, b, da.baseAddress, Int32(threads))
      }
    }
    return (Float(loss), da)
  }

  /// The θ loss: see ``Variable/thetaLoss(differences:active:epsilon:)``.
  static func thetaLoss(
    _ w: Tensor, _ differences: Tensor, active: [Bool], epsilon: Float, threads: Int
  ) -> (theta: Tensor, losses: Tensor, dw: Tensor) {
    precondition(
      differences.shape.count == 2, "Differences have the shape [batch, d], not \(differences.shape).")
    let (batch, d) = (differences.shape[0], differences.shape[1])
    let isShared = w.shape.count == 2
    let words = isShared ? w.shape[0] : w.shape.count == 3 ? w.shape[1] : 0
    precondition(
      w.shape == (isShared ? [words, d] : [batch, words, d]),
      "Directions of shape \(w.shape) do not fit differences of shape \(differences.shape).")
    precondition(
      active.count == batch * words,
      "\(batch) pairs and \(words) words need \(batch * words) flags, not \(active.count).")
    let mask: [UInt8] = active.map { $0 ? 1 : 0 }
    var (theta, losses, dw) = (unwritten([batch, words]), unwritten([batch]), unwritten(w.shape))
    withMutablePointers(to: &theta, &losses, &dw) { theta, losses, dw in
      withPointers(to: w, differences) { w, differences in
        ck_theta_loss(
          batch, words, d, isShared, epsilon, w, differences, mask, theta, losses, dw, Int32(threads))
      }
    }
    return (theta, losses, dw)
  }
}
