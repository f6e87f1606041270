import CKernels

extension Kernels {
  /// The binary cross-entropy of logits and its gradient in one pass.
  static func binaryCrossEntropy(_ x: Tensor, targets: Tensor, threads: Int) -> (loss: Float, dx: Tensor) {
    precondition(
      x.shape == targets.shape, "Logits of shape \(x.shape) have no targets of shape \(targets.shape).")
    var loss = 0.0
    let dx = Tensor(unsafeUninitialized: x.shape) { dx in
      x.withElements { x in
        targets.withElements { targets in
          loss = ck_binary_cross_entropy(
            x.count, x.baseAddress, targets.baseAddress, dx.baseAddress, Int32(threads))
        }
      }
    }
    return (Float(loss), dx)
  }

  /// mean((a − b)²) and its gradient with respect to a in one pass.
  package static func meanSquaredError(_ a: Tensor, _ b: Tensor, threads: Int) -> (loss: Float, da: Tensor) {
    precondition(a.shape == b.shape, "Tensors of shapes \(a.shape) and \(b.shape) cannot be compared.")
    var loss = 0.0
    let da = Tensor(unsafeUninitialized: a.shape) { da in
      a.withElements { a in
        b.withElements { b in
          loss = ck_mean_squared_error(a.count, a.baseAddress, b.baseAddress, da.baseAddress, Int32(threads))
        }
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
    var losses = Tensor(shape: [batch], repeating: 0)
    var theta = Tensor(shape: [batch, words], repeating: 0)
    let dw = Tensor(unsafeUninitialized: w.shape) { dw in
      losses.withMutableElements { losses in
        theta.withMutableElements { theta in
          w.withElements { w in
            differences.withElements { differences in
              // A Bool is a byte, 0 or 1.
              active.withUnsafeBytes { mask in
                ck_theta_loss(
                  batch, words, d, isShared, epsilon, w.baseAddress, differences.baseAddress,
                  mask.bindMemory(to: UInt8.self).baseAddress, theta.baseAddress, losses.baseAddress,
                  dw.baseAddress, Int32(threads))
              }
            }
          }
        }
      }
    }
    return (theta, losses, dw)
  }
}
