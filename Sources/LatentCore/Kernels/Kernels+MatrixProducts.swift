import CKernels

extension Kernels {
  /// c[b] = op(a[b])·op(b[b]) for a batch of matrices, where op transposes when asked.
  static func matrixProducts(
    _ a: Tensor, _ b: Tensor, transposingFirst transposeA: Bool = false,
    transposingSecond transposeB: Bool = false, threads: Int
  ) -> Tensor {
    precondition(
      a.shape.count == 3 && b.shape.count == 3 && a.shape[0] == b.shape[0],
      "Batches of matrices are multiplied, not shapes \(a.shape) and \(b.shape).")
    let (m, k) = transposeA ? (a.shape[2], a.shape[1]) : (a.shape[1], a.shape[2])
    let (inner, n) = transposeB ? (b.shape[2], b.shape[1]) : (b.shape[1], b.shape[2])
    precondition(k == inner, "The inner lengths of matrix products differ: \(a.shape) · \(b.shape).")
    return Tensor(unsafeUninitialized: [a.shape[0], m, n]) { c in
      withPointers(to: a, b) { a, b in
        for index in 0..<(m * n == 0 ? 0 : c.count / (m * n)) {
          ck_gemm(
            transposeA, transposeB, m, n, k, 1, a.map { $0 + index * m * k }, b.map { $0 + index * k * n }, 0,
            c.baseAddress.map { $0 + index * m * n }, Int32(threads))
        }
      }
    }
  }
}
