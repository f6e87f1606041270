import LatentArithmetic
import TestSupport
import Testing

/// The arithmetic of points and directions.
struct LatentTests {
  private static let count = 50
  private let a = Latent<ZSpace>(randomFloats(count: count, seed: 1))
  private let b = Latent<ZSpace>(randomFloats(count: count, seed: 2))
  private let v = Direction<ZSpace>(randomFloats(count: count, seed: 3))
  private let w = Direction<ZSpace>(randomFloats(count: count, seed: 4))

  private func error(_ got: [Float], _ expected: [Float]) -> Double {
    worstError(got, expected.map { Double($0) }, scale: 1)
  }

  // Identities without rounding: both sides make the same floating-point operations, or scale by powers of two.
  @Test func exactIdentities() {
    #expect(a - v == a + -v)
    #expect(a - v == a + -1 * v)
    #expect(2 * v == v + v)
    #expect(a + 0 * v == a)
    #expect((a - a) == 0 * v)
    #expect(-(-v) == v)
    #expect(b - a == -(a - b))
    #expect(v + w == w + v)
    #expect(v - w == v + -w && v - v == .zero(size: Self.count))
    #expect(v + .zero(size: Self.count) == v)
    #expect((-v).length == v.length && (4 * v).length == 4 * v.length)
    #expect(v.cosine(to: w) == w.cosine(to: v) && v.cosine(to: -w) == -v.cosine(to: w))
    #expect(v.cosine(to: 0 * w) == 0 && (0 * v).cosine(to: 0 * w) == 0 && (0 * v).length == 0)
  }

  // Equation (1), z' = (z + w)/2: one rounding of the sum, and none of its half.
  @Test func averagesAreHalfTheSum() {
    let average = a.averaged(with: v)
    #expect(average.values == zip(a.values, v.values).map { 0.5 * ($0 + $1) })
    #expect(a.averaged(with: Direction(a.values)) == a)
    #expect(a.averaged(with: 0 * v).values == a.values.map { 0.5 * $0 })
  }

  // Identities in real numbers: a few roundings of values below 16, so a few times 16·2⁻²⁴.
  @Test func identitiesUpToRounding() {
    let tolerance = 4 * 16 * Double(Float.ulpOfOne) / 2
    #expect(error((a + (b - a)).values, b.values) <= tolerance)
    #expect(error((a + v - v).values, a.values) <= tolerance)
    #expect(error((a + v + w).values, (a + (v + w)).values) <= tolerance)
    #expect(error((1.7 * (v + w)).values, (1.7 * v + 1.7 * w).values) <= tolerance)
  }

  // ‖v‖² = Σv², ⟨v, w⟩ = cos·‖v‖·‖w‖, and Cauchy–Schwarz.
  @Test func lengthsAndAngles() {
    let tolerance = roundingTolerance(terms: Self.count)
    let dot = zip(v.values, w.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    func length(_ d: Direction<ZSpace>) -> Double {
      d.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    #expect(abs(Double(v.length) - length(v)) <= tolerance * length(v))
    #expect(abs(Double(v.cosine(to: w)) - dot / (length(v) * length(w))) <= tolerance)
    #expect(
      abs(v.cosine(to: v) - 1) <= Float(tolerance) && abs(v.cosine(to: -0.3 * v) + 1) <= Float(tolerance))
    #expect(
      Direction<ZSpace>([3, 4]).length == 5 && Direction<ZSpace>([1, 0]).cosine(to: Direction([0, 2])) == 0)
  }

  // InterFaceGAN's boundary is a row of 512 numbers of length 1; two rows, or other sizes, are no direction.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func publishedDirectionsAreRead() throws {
    let url = try Shared.url("real/directions/stylegan_ffhq_smile_w_boundary.npy")
    let smile = try Direction<ZSpace>(contentsOf: url, size: 512)
    #expect(smile.values.count == 512 && abs(smile.length - 1) <= 1e-5)
    for (size, shape) in [(256, [2, 256]), (500, [1, 512])] {
      #expect(throws: LatentError.otherCodes(file: url.path, expected: size, got: [shape])) {
        try Direction<ZSpace>(contentsOf: url, size: size)
      }
    }
  }
}
