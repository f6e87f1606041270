import Foundation
import LatentCore
import TestSupport
import Testing

/// The layer, and the unit around it, against their formulas in double precision.
struct SqueezeExcitationTests {
  private static let (height, width, channels, hidden) = (5, 7, 12, 3)

  // y = x·σ(W₂·max(W₁·mean(x), 0)). The gate's argument is a sum of a few products, and σ′ is at most ¼.
  @Test func gatesFollowTheFormula() throws {
    let layer = SqueezeExcitation(path: "a", channels: Self.channels, reduction: 4)
    #expect(layer.parameters.map(\.shape) == [[1, 1, 12, 3], [1, 1, 3, 12]])
    let parameters = Parameters(layer.parameters, seed: 1)
    let shape = [2, Self.height, Self.width, Self.channels]
    let x = Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: 2).map { $0 + 1 })
    let tape = Tape(threads: 2)
    let y = layer(tape.constant(x), Binding(parameters, on: tape, isTrained: false, phase: .inference))
    let (values, places) = (x.elements.map { Double($0) }, Self.height * Self.width)
    let w1 = try #require(parameters["a.fc1.weight"]).elements.map { Double($0) }
    let w2 = try #require(parameters["a.fc2.weight"]).elements.map { Double($0) }
    var expected: [Double] = []
    for image in 0..<2 {
      let own = Array(values[image * places * Self.channels..<(image + 1) * places * Self.channels])
      let means = (0..<Self.channels).map { c in
        (0..<places).reduce(0.0) { $0 + own[$1 * Self.channels + c] } / Double(places)
      }
      let squeezed = (0..<Self.hidden).map { o in
        max((0..<Self.channels).reduce(0.0) { $0 + means[$1] * w1[$1 * Self.hidden + o] }, 0)
      }
      let gates = (0..<Self.channels).map { o in
        1 / (1 + exp(-(0..<Self.hidden).reduce(0.0) { $0 + squeezed[$1] * w2[$1 * Self.channels + o] }))
      }
      expected += own.enumerated().map { $1 * gates[$0 % Self.channels] }
    }
    #expect(worstError(y.value.elements, expected, scale: 4) <= roundingTolerance(terms: Self.channels))
  }

  // A unit with a normalized shortcut: folding normalizations into filters changes the results by rounding.
  @Test func shortcutsAreFoldedAsBodies() {
    func layers(_ path: String, _ kernel: Int) -> [any Layer] {
      [
        Convolution(
          Weight(path: path, hasBias: false, initialization: .glorotUniform), inChannels: 4, outChannels: 6,
          geometry: .centered(kernel: kernel, stride: 2)),
        BatchNorm(path: path + ".norm", channels: 6, activation: .identity),
      ]
    }
    let network = Sequential([Residual(Sequential(layers("a", 3)), shortcut: Sequential(layers("b", 1)))])
    var parameters = Parameters(network.parameters, seed: 3)
    for (index, path) in ["a", "b"].enumerated() {
      let seed = UInt64(10 * index)
      parameters[path + ".norm.mean"] = Tensor(shape: [6], elements: randomFloats(count: 6, seed: seed))
      parameters[path + ".norm.offset"] = Tensor(shape: [6], elements: randomFloats(count: 6, seed: seed + 1))
    }
    let x = Tensor(shape: [2, 8, 10, 4], elements: randomFloats(count: 640, seed: 4))
    let tape = Tape(threads: 1)
    let plain = network(
      tape.constant(x), Binding(parameters, on: tape, isTrained: false, phase: .inference))
    let folded = InferenceNetwork(network, parameters)
    #expect(plain.shape == [2, 4, 5, 6])
    #expect(!folded.parameters.paths.contains { $0.contains("norm") })
    let expected = plain.value.elements.map { Double($0) }
    #expect(
      worstError(folded(x, threads: 1).elements, expected, scale: largestMagnitude(expected))
        <= roundingTolerance(terms: 40))
  }
}
