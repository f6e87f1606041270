import LatentCore
import TestSupport
import Testing

/// The θ loss against autograd in double precision.
struct GoldenThetaLossTests {
  private static let (pairs, words, d) = (16, 40, 200)

  private let golden: [String: NumPyArchive.Array]
  private let active: [Bool]
  private let w = Tensor(
    shape: [pairs, words, d], elements: formulaValues(name: "theta.w", count: pairs * words * d))
  private let differences = Tensor(
    shape: [pairs, d], elements: formulaValues(name: "theta.D", count: pairs * d, scale: 2))

  init() throws {
    golden = try NumPyArchive.arrays(contentsOf: Fixtures.url("theta-loss.npz"))
    active = try #require(golden["mask"]).values.map { $0 != 0 }
  }

  // θ_j = ⟨w_j, D⟩/(⟨w_j, w_j⟩ + ε), loss = ‖Σθ_j w_j − D‖²/d, EV = 1 − loss·d/‖D‖², and the gradient of the mean
  // loss: ‖a − b‖₂/‖b‖₂ ≤ 1e-5, and no element off by more than 1e-5 of the largest.
  @Test func everyNumberAgrees() throws {
    let tape = Tape(threads: 2)
    let result = tape.watch(w, path: "w").thetaLoss(differences: differences, active: active)
    let gradient = try #require(tape.gradients(of: result.loss)["w"])
    let energies = (0..<Self.pairs).map { differences.row($0).reduce(0.0) { $0 + Double($1) * Double($1) } }
    let explained = zip(result.losses.elements, energies).map { Float(1 - Double($0) * Double(Self.d) / $1) }
    let cases: [(name: String, got: [Float], shape: [Int])] = [
      ("theta", result.theta.elements, [Self.pairs, Self.words]),
      ("loss", result.losses.elements, [Self.pairs]),
      ("explained_variance", explained, [Self.pairs]),
      ("grad_w", gradient.elements, [Self.pairs, Self.words, Self.d]),
    ]
    for (name, got, shape) in cases {
      let expected = try #require(golden[name])
      #expect(expected.shape == shape)
      let relative = relativeError(got, expected.values)
      let worst = worstError(got, expected.values, scale: largestMagnitude(expected.values))
      #expect(relative <= 1e-5, "\(name)")
      #expect(worst <= 1e-5, "\(name)")
    }
    #expect(active.contains(true) && active.contains(false))
    for (index, isActive) in active.enumerated() where !isActive {
      #expect(result.theta.elements[index] == 0)
    }
  }

  // Words shared by all pairs are words repeated for each: θ and the losses are the same, and the gradient is the
  // sum over pairs, of 16 terms.
  @Test func sharedWordsAreRepeatedWords() throws {
    let shared = Tensor(
      shape: [Self.words, Self.d], elements: formulaValues(name: "theta.w", count: Self.words * Self.d))
    let repeated = Tensor(
      shape: [Self.pairs, Self.words, Self.d],
      elements: Array(repeatElement(shared.elements, count: Self.pairs).joined()))
    func evaluated(_ w: Tensor) throws -> (Variable.ThetaLoss, gradient: Tensor) {
      let tape = Tape(threads: 2)
      let result = tape.watch(w, path: "w").thetaLoss(differences: differences, active: active)
      return (result, try #require(tape.gradients(of: result.loss)["w"]))
    }
    let (one, gradient) = try evaluated(shared)
    let (many, gradients) = try evaluated(repeated)
    #expect(one.theta == many.theta && one.losses == many.losses && one.loss.value == many.loss.value)
    let parts = gradients.elements
    let size = shared.count
    let sums = (0..<size).map { index in
      (0..<Self.pairs).reduce(0.0) { $0 + Double(parts[$1 * size + index]) }
    }
    let scale = largestMagnitude(parts.map { Double($0) }) * 4
    #expect(worstError(gradient.elements, sums, scale: scale) <= roundingTolerance(terms: Self.pairs))
  }
}
