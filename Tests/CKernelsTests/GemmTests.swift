import CKernels
import TestSupport
import Testing

@Suite struct GemmTests {
  static let sizes = [
    (1, 1, 1), (1, 7, 3), (5, 1, 9), (3, 200, 1), (17, 31, 47), (64, 64, 64), (25, 512, 300), (130, 257, 129),
    (300, 65, 500), (1, 1000, 33),
  ]

  // c = α·op(a)·op(b) + β·c: k products and one more term an element.
  @Test(arguments: sizes) func matchesReference(m: Int, n: Int, k: Int) {
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        let (a, b) = (randomFloats(count: m * k, seed: 1), randomFloats(count: k * n, seed: 2))
        let start = randomFloats(count: m * n, seed: 3)
        var expected = start.map { Double($0) }
        ck_reference_gemm(
          transposeA, transposeB, m, n, k, 0.5, a.map { Double($0) }, b.map { Double($0) }, -2, &expected)
        var c = start
        ck_gemm(transposeA, transposeB, m, n, k, 0.5, a, b, -2, &c, 2)
        let scale = Double(k + 1).squareRoot()
        #expect(worstError(c, expected, scale: scale) <= roundingTolerance(terms: k + 1))
      }
    }
  }

  // The twin itself: c_ij = Σ_l a_il·b_lj, summed here in the same order, so equal to the bit.
  @Test func referenceFollowsTheFormula() {
    let (m, n, k) = (3, 4, 5)
    let (a, b) = (randomDoubles(count: m * k, seed: 4), randomDoubles(count: k * n, seed: 5))
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        var c = [Double](repeating: .nan, count: m * n)
        ck_reference_gemm(transposeA, transposeB, m, n, k, 1, a, b, 0, &c)
        for i in 0..<m {
          for j in 0..<n {
            let sum = (0..<k).reduce(0.0) { sum, l in
              sum + a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j]
            }
            #expect(abs(c[i * n + j] - sum) <= 1e-14)
          }
        }
      }
    }
  }

  // With β = 0, c is not read: NaN in it does not survive, not even where k = 0 leaves nothing to add.
  @Test(arguments: sizes + [(6, 5, 0)]) func betaZeroIgnoresWhatWasThere(m: Int, n: Int, k: Int) {
    let (a, b) = (randomFloats(count: m * k, seed: 6), randomFloats(count: k * n, seed: 7))
    var expected = [Double](repeating: .nan, count: m * n)
    ck_reference_gemm(false, false, m, n, k, 1, a.map { Double($0) }, b.map { Double($0) }, 0, &expected)
    var c = [Float](repeating: .nan, count: m * n)
    ck_gemm(false, false, m, n, k, 1, a, b, 0, &c, 2)
    #expect(!c.isEmpty)
    let scale = Double(max(k, 1)).squareRoot()
    #expect(worstError(c, expected, scale: scale) <= roundingTolerance(terms: k))
  }

  // c is cut by its shape alone, so the bits are those of one thread.
  @Test(arguments: sizes) func bitsDoNotDependOnThreads(m: Int, n: Int, k: Int) {
    let (a, b) = (randomFloats(count: m * k, seed: 8), randomFloats(count: k * n, seed: 9))
    var one = [Float](repeating: 0, count: m * n)
    ck_gemm(false, true, m, n, k, 1, a, b, 0, &one, 1)
    for threads: Int32 in [2, 3] {
      var several = [Float](repeating: 0, count: m * n)
      ck_gemm(false, true, m, n, k, 1, a, b, 0, &several, threads)
      #expect(several.map(\.bitPattern) == one.map(\.bitPattern))
    }
  }

  // L·Lᵀ = A for A = M·Mᵀ + I, and L is zero above its diagonal.
  @Test func choleskyFactorsAPositiveDefiniteMatrix() {
    let n = 23
    let m = randomDoubles(count: n * n, seed: 31)
    var a = [Double](repeating: 0, count: n * n)
    ck_reference_gemm(false, true, n, n, n, 1, m, m, 0, &a)
    for index in 0..<n { a[index * n + index] += 1 }
    var factor = a
    #expect(ck_cholesky(n, &factor) == 0)
    var product = [Double](repeating: .nan, count: n * n)
    ck_reference_gemm(false, true, n, n, n, 1, factor, factor, 0, &product)
    for row in 0..<n {
      for column in 0..<n {
        #expect(abs(product[row * n + column] - a[row * n + column]) <= 1e-12 * Double(n * n))
        if column > row { #expect(factor[row * n + column] == 0) }
      }
    }
    var indefinite: [Double] = [1, 0, 0, 0, 1, 0, 0, 0, -1]
    #expect(ck_cholesky(3, &indefinite) == 3)
  }

  // A = G·Gᵀ + n·1 is positive definite; A·X = B is checked by multiplying back. Its condition number is below 10,
  // so X is good to some tens of roundings.
  @Test func solvesPositiveDefiniteSystem() {
    let (n, columns) = (23, 4)
    let g = randomDoubles(count: n * n, seed: 10)
    var a = (0..<n * n).map { $0 / n == $0 % n ? Double(n) : 0 }
    ck_reference_gemm(false, true, n, n, n, 1, g, g, 1, &a)
    let b = randomDoubles(count: n * columns, seed: 11)
    var (factor, x) = (a, b)
    #expect(ck_solve_positive_definite(n, columns, &factor, &x) == 0)
    var back = [Double](repeating: 0, count: n * columns)
    ck_reference_gemm(false, false, n, columns, n, 1, a, x, 0, &back)
    #expect(worstError(back, b, scale: 1) <= 1e-12)
  }

  // diag(1, 1, −1, 1) has a leading minor of order 3 that is negative.
  @Test func reportsTheMinorThatIsNotPositiveDefinite() {
    var a = (0..<16).map { $0 == 10 ? -1.0 : $0 % 5 == 0 ? 1.0 : 0.0 }
    var b = randomDoubles(count: 4, seed: 12)
    #expect(ck_solve_positive_definite(4, 1, &a, &b) == 3)
  }
}
