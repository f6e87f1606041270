import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct GemmTests {
  // Around the lengths at which the product is cut: 256 rows, beyond which b is packed for all threads, and
  // blocks of 128 there; 512 deep; 4096 columns.
  static let sizes =
    [
      (1, 1, 1), (1, 7, 3), (5, 1, 9), (3, 200, 1), (17, 31, 47), (64, 64, 64), (25, 512, 300),
      (130, 257, 129), (300, 65, 500), (1, 1000, 33), (28, 48, 512), (29, 48, 513), (3, 79, 1025),
      (256, 33, 511), (257, 64, 512), (258, 97, 513), (384, 31, 4), (385, 32, 3), (260, 40, 1025),
      (257, 4096, 2), (257, 4097, 3), (40, 100, 1024), (300, 70, 512), (512, 65, 10),
    ]
    + randomShapes(40) { stream in
      let m = stream.size(upTo: 600, near: [14, 28, 128, 256, 384])
      let n = stream.size(upTo: 600, near: [16, 32, 64, 256])
      return (m, n, stream.size(upTo: min(1100, 4_000_000 / (m * n) + 1), near: [16, 512, 1024]))
    }

  // c = α·op(a)·op(b) + β·c: k products and one more term an element.
  func expectReference(
    m: Int, n: Int, k: Int, alpha: Float, beta: Float, _ location: SourceLocation = #_sourceLocation
  ) {
    let (a, b) = (randomFloats(count: m * k, seed: 1), randomFloats(count: k * n, seed: 2))
    let (wideA, wideB) = (a.map { Double($0) }, b.map { Double($0) })
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        let start =
          beta == 0 ? [Float](repeating: .nan, count: m * n) : randomFloats(count: m * n, seed: 3)
        var expected = start.map { Double($0) }
        ck_reference_gemm(
          transposeA, transposeB, m, n, k, Double(alpha), wideA, wideB, Double(beta), &expected)
        var c = start
        ck_gemm(transposeA, transposeB, m, n, k, alpha, a, b, beta, &c, 2)
        #expect(!c.isEmpty, sourceLocation: location)
        let error = worstError(c, expected, scale: Double(k + 1).squareRoot() * max(1, Double(abs(beta))))
        #expect(
          error <= roundingTolerance(terms: k + 1),
          "\(m)×\(n)×\(k), transposed: \(transposeA), \(transposeB)", sourceLocation: location)
      }
    }
  }

  @Test(arguments: sizes, [(0.5, -2), (1, 1), (1, 0), (-1.25, 0), (2, 2)] as [(Float, Float)])
  func matchesReference(size: (m: Int, n: Int, k: Int), factors: (alpha: Float, beta: Float)) {
    expectReference(m: size.m, n: size.n, k: size.k, alpha: factors.alpha, beta: factors.beta)
  }

  // A tile has up to 14 rows and 32 columns, a vector 16 numbers, a packed square 16 by 16: whatever remains of
  // them at the edges of a, b and c.
  @Test(arguments: 1...30) func matchesReferenceAtEveryRemainder(m: Int) {
    for n in [1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65] {
      for k in [1, 2, 15, 16, 17, 33] { expectReference(m: m, n: n, k: k, alpha: 1, beta: 0) }
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

  // Where k = 0 or α = 0 leaves nothing to add, c = β·c, and with β = 0 NaN does not survive.
  @Test(arguments: [(0, 1), (3, 0)] as [(Int, Float)]) func nothingToAdd(k: Int, alpha: Float) {
    let (m, n) = (6, 5)
    let (a, b) = (randomFloats(count: m * k, seed: 6), randomFloats(count: k * n, seed: 7))
    let start = randomFloats(count: m * n, seed: 13)
    var c = start
    ck_gemm(false, false, m, n, k, alpha, a, b, -2, &c, 2)
    #expect(c == start.map { -2 * $0 })
    c = [Float](repeating: .nan, count: m * n)
    ck_gemm(false, false, m, n, k, alpha, a, b, 0, &c, 2)
    #expect(c == [Float](repeating: 0, count: m * n))
  }

  // c is cut by its shape alone, so the bits are those of one thread.
  @Test(arguments: sizes) func bitsDoNotDependOnThreads(m: Int, n: Int, k: Int) {
    let (a, b) = (randomFloats(count: m * k, seed: 8), randomFloats(count: k * n, seed: 9))
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        var one = [Float](repeating: .nan, count: m * n)
        ck_gemm(transposeA, transposeB, m, n, k, 1, a, b, 0, &one, 1)
        for threads: Int32 in [2, 3] {
          var several = [Float](repeating: .nan, count: m * n)
          ck_gemm(transposeA, transposeB, m, n, k, 1, a, b, 0, &several, threads)
          #expect(several.map(\.bitPattern) == one.map(\.bitPattern))
        }
      }
    }
  }

  /// Of square matrices.
  static let orders = [1, 2, 23] + randomShapes(6) { $0.size(upTo: 60) }

  // L·Lᵀ = A for A = M·Mᵀ + I, and L is zero above its diagonal.
  @Test(arguments: orders) func choleskyFactorsAPositiveDefiniteMatrix(n: Int) {
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

  // A·V = V·Λ, Vᵀ·V = 1 and Λ ascends, for A = M + Mᵀ of which only the lower triangle is given.
  @Test(arguments: orders) func eigenvectorsOfASymmetricMatrix(n: Int) {
    let m = randomDoubles(count: n * n, seed: 33)
    let a = (0..<n * n).map { m[$0] + m[$0 % n * n + $0 / n] }
    var vectors = (0..<n * n).map { $0 / n >= $0 % n ? a[$0] : .nan }
    var values = [Double](repeating: .nan, count: n)
    #expect(ck_symmetric_eigen(n, &vectors, &values) == 0)
    #expect(values == values.sorted())
    var product = [Double](repeating: .nan, count: n * n)
    ck_reference_gemm(false, false, n, n, n, 1, a, vectors, 0, &product)
    var gram = product
    ck_reference_gemm(true, false, n, n, n, 1, vectors, vectors, 0, &gram)
    let tolerance = 1e-13 * Double(n * n)
    for index in 0..<n * n {
      #expect(abs(product[index] - vectors[index] * values[index % n]) <= tolerance)
      #expect(abs(gram[index] - (index / n == index % n ? 1 : 0)) <= tolerance)
    }
  }

  // A = G·Gᵀ + n·1 is positive definite; A·X = B is checked by multiplying back. Its condition number is below 10,
  // so X is good to some tens of roundings.
  @Test(arguments: orders, [1, 4]) func solvesPositiveDefiniteSystem(n: Int, columns: Int) {
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
