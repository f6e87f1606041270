import LatentCore
import TestSupport
import Testing

/// Spectral normalization of a weight.
struct SpectralNormTests {
  private static let shape = [3, 3, 4, 6]
  private static let (rows, columns) = (36, 6)

  private let w = Tensor(shape: shape, elements: randomFloats(count: rows * columns, seed: 1))

  // The power iteration converges to the first right singular vector: WᵀW·u = σ²·u, and ‖W·x‖ ≤ σ·‖x‖ for the
  // others, so that W/σ has norm 1.
  @Test func repeatedIterationFindsTheLargestSingularValue() {
    var u = Tensor(shape: [Self.columns], elements: randomFloats(count: Self.columns, seed: 2))
    var normalized = w
    for _ in 0..<300 {
      let result = Tape(threads: 1).constant(w).spectrallyNormalized(from: u)
      (u, normalized) = (result.singularVector, result.weight.value)
    }
    let vector = u.elements.map { Double($0) }
    let sigma = (Self.length(Self.product(w, vector)))
    let image = Self.transposedProduct(w, Self.product(w, vector))
    #expect(worstError(image, vector.map { sigma * sigma * $0 }, scale: sigma * sigma) <= 1e-5)
    #expect(abs(Self.length(vector) - 1) <= 1e-6)
    let expected = w.elements.map { Double($0) / sigma }
    #expect(worstError(normalized.elements, expected, scale: largestMagnitude(expected)) <= 1e-6)
    for seed in 3..<40 as Range<UInt64> {
      let x = randomDoubles(count: Self.columns, seed: seed)
      #expect(Self.length(Self.product(w, x)) <= sigma * Self.length(x) * (1 + 1e-6))
    }
  }

  // With u and v held fixed, ⟨c, W/⟨v, W·u⟩⟩ has the derivative (c − ⟨c, W/σ⟩·v·uᵀ)/σ: against central differences
  // in double of every element.
  @Test func pullbackHoldsTheVectorsFixed() throws {
    let start = Tensor(shape: [Self.columns], elements: randomFloats(count: Self.columns, seed: 4))
    let cotangent = Tensor(shape: Self.shape, elements: randomFloats(count: w.count, seed: 5))
    let tape = Tape(threads: 2)
    let result = tape.watch(w, path: "w").spectrallyNormalized(from: start)
    let gradient = try #require(tape.gradients(of: result.weight, cotangent: cotangent)["w"])
    #expect(gradient.shape == Self.shape)

    func unit(_ x: [Double]) -> [Double] { x.map { $0 / Self.length(x) } }
    let v = unit(Self.product(w, start.elements.map { Double($0) }))
    let u = unit(Self.transposedProduct(w, v))
    #expect(worstError(result.singularVector.elements, u, scale: 1) <= 1e-6)
    let c = cotangent.elements.map { Double($0) }
    func value(_ w: [Double]) -> Double {
      let sigma = zip(v, Self.product(w, u)).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(c, w).reduce(0) { $0 + $1.0 * $1.1 } / sigma
    }
    let (point, step) = (w.elements.map { Double($0) }, 1e-5)
    let numeric = point.indices.map { index in
      var (above, below) = (point, point)
      above[index] += step
      below[index] -= step
      return (value(above) - value(below)) / (2 * step)
    }
    #expect(worstError(gradient.elements, numeric, scale: largestMagnitude(numeric)) <= 1e-5)
  }

  private static func product(_ w: Tensor, _ u: [Double]) -> [Double] {
    product(w.elements.map { Double($0) }, u)
  }

  private static func product(_ w: [Double], _ u: [Double]) -> [Double] {
    (0..<rows).map { row in u.indices.reduce(0) { $0 + w[row * columns + $1] * u[$1] } }
  }

  private static func transposedProduct(_ w: Tensor, _ v: [Double]) -> [Double] {
    let w = w.elements
    return (0..<columns).map { column in v.indices.reduce(0) { $0 + Double(w[$1 * columns + column]) * v[$1] }
    }
  }

  private static func length(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
