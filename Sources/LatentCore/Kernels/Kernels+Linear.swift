import CKernels

/// The typed and checked face of the C kernels, one file per family.
///
/// Besides these files only the tensor's storage imports them.
package enum Kernels {}

extension Kernels {
  /// The matrix product op(a)·op(b), where op transposes when asked.
  ///
  /// - Precondition: Both are matrices whose inner lengths agree.
  package static func matrixProduct(
    _ a: Tensor, _ b: Tensor, transposingFirst transposeA: Bool = false,
    transposingSecond transposeB: Bool = false, threads: Int
  ) -> Tensor {
    precondition(
      a.shape.count == 2 && b.shape.count == 2,
      "A matrix product takes two matrices, not shapes \(a.shape) and \(b.shape).")
    let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let (inner, n) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
    precondition(
      k == inner,
      "The inner lengths of a matrix product differ: \(a.shape)\(transposeA ? "ᵀ" : "") · "
        + "\(b.shape)\(transposeB ? "ᵀ" : "").")
    return Tensor(unsafeUninitialized: [m, n]) { c in
      withPointers(to: a, b) { a, b in
        ck_gemm(transposeA, transposeB, m, n, k, 1, a, b, 0, c.baseAddress, Int32(threads))
      }
    }
  }

  /// The matrix product aᵀ·b of some of the rows of both.
  ///
  /// - Precondition: Both are matrices of as many rows.
  static func productOfRows(_ a: Tensor, _ b: Tensor, _ rows: Range<Int>, threads: Int) -> Tensor {
    precondition(
      a.shape.count == 2 && b.shape.count == 2 && a.shape[0] == b.shape[0],
      "The rows of shapes \(a.shape) and \(b.shape) do not belong together.")
    let (m, n) = (a.shape[1], b.shape[1])
    return Tensor(unsafeUninitialized: [m, n]) { c in
      withPointers(to: a, b) { a, b in
        ck_gemm(
          true, false, m, n, rows.count, 1, a.map { $0 + rows.lowerBound * m },
          b.map { $0 + rows.lowerBound * n }, 0, c.baseAddress, Int32(threads))
      }
    }
  }

  /// alpha·a + beta·b, element by element.
  package static func linearCombination(
    _ alpha: Float, _ a: Tensor, _ beta: Float, _ b: Tensor, threads: Int
  ) -> Tensor {
    precondition(a.shape == b.shape, "Tensors of shapes \(a.shape) and \(b.shape) cannot be added.")
    return Tensor(unsafeUninitialized: a.shape) { out in
      withPointers(to: a, b) { a, b in
        ck_linear_combination(out.count, alpha, a, beta, b, out.baseAddress, Int32(threads))
      }
    }
  }

  /// Adds a to a tensor in place.
  static func add(_ a: Tensor, to sum: inout Tensor, threads: Int) {
    precondition(
      a.shape == sum.shape, "A tensor of shape \(a.shape) cannot be added to one of shape \(sum.shape).")
    sum.withMutableElements { sum in
      withPointers(to: a) { a in
        ck_linear_combination(sum.count, 1, a, 1, sum.baseAddress, sum.baseAddress, Int32(threads))
      }
    }
  }

  /// mean ← decay·mean + (1 − decay)·target, in place.
  static func interpolate(_ mean: inout Tensor, toward target: Tensor, decay: Float, threads: Int) {
    precondition(
      mean.shape == target.shape,
      "A tensor of shape \(mean.shape) cannot approach one of shape \(target.shape).")
    mean.withMutableElements { mean in
      withPointers(to: target) { target in
        ck_linear_combination(
          mean.count, decay, mean.baseAddress, 1 - decay, target, mean.baseAddress, Int32(threads))
      }
    }
  }

  /// Σ aᵢbᵢ over all elements, in double.
  static func dot(_ a: Tensor, _ b: Tensor, threads: Int) -> Double {
    precondition(a.count == b.count, "Tensors of shapes \(a.shape) and \(b.shape) have no inner product.")
    let count = a.count
    return withPointers(to: a, b) { a, b in ck_dot(count, a, b, Int32(threads)) }
  }
}
