import LatentCore
import TestSupport
import Testing

/// The pullbacks of what transformers are made of, through the tape.
struct SequenceOperationTests {
  /// An operation and its inputs by name.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let inputs: [(name: String, shape: [Int])]
    let apply: @Sendable ([Variable]) -> Variable

    init(
      _ name: String, _ inputs: [(name: String, shape: [Int])],
      apply: @escaping @Sendable ([Variable]) -> Variable
    ) {
      (testDescription, self.inputs, self.apply) = (name, inputs, apply)
    }
  }

  static let cases: [Case] = [
    Case("layer normalization", [("x", [3, 4, 17]), ("scale", [17]), ("offset", [17])]) {
      $0[0].layerNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1)
    },
    Case("exact GELU", [("x", [5, 33])]) { $0[0].gelu(.exact) },
    Case("logistic GELU", [("x", [5, 33])]) { $0[0].gelu(.logistic) },
    Case("attention", [("qkv", [2, 7, 36])]) { $0[0].attended(heads: 3, isCausal: false) },
    Case("causal attention", [("qkv", [2, 7, 36])]) { $0[0].attended(heads: 2, isCausal: true) },
    Case("positions", [("x", [3, 4, 6]), ("positions", [4, 6])]) { $0[0].positioned(by: $0[1]) },
    Case("positions behind a token", [("x", [3, 4, 6]), ("positions", [5, 6]), ("token", [6])]) {
      $0[0].positioned(by: $0[1], behind: $0[2])
    },
    Case("rows", [("table", [5, 9])]) { $0[0].rows([3, 0, 3, 4, 3]) },
  ]

  // (L(x + h·v) − L(x − h·v))/2h = ⟨dx, v⟩ for L = ⟨f, y⟩, random y and a random direction v, for each input. With
  // h = 1/64 the truncation is some h²/6 of a third derivative, and the rounding of L, ε·‖f‖·‖y‖, is magnified by 32.
  @Test(arguments: cases) func pullbackIsTheDerivative(_ item: Case) throws {
    let step: Float = 1 / 64
    let values = item.inputs.enumerated().map { random($1.shape, seed: UInt64($0 + 1)) }
    let tape = Tape(threads: 2)
    let value = item.apply(zip(item.inputs, values).map { tape.watch($1, path: $0.name) })
    let y = random(value.shape, seed: 20)
    let gradients = tape.gradients(of: value, cotangent: y)
    let rounding = 64 * Double(Float.ulpOfOne) * (inner(value.value, value.value) * inner(y, y)).squareRoot()
    #expect(gradients.count == item.inputs.count)
    for (index, input) in item.inputs.enumerated() {
      let pulled = try #require(gradients[input.name])
      #expect(pulled.shape == input.shape)
      let direction = random(input.shape, seed: 21)
      func loss(_ distance: Float) -> Double {
        let tape = Tape(threads: 1)
        let moved = zip(values[index].elements, direction.elements).map { $0 + distance * $1 }
        let variables = values.enumerated().map { place, value in
          tape.constant(place == index ? Tensor(shape: value.shape, elements: moved) : value)
        }
        return inner(item.apply(variables).value, y)
      }
      let slope = (loss(step) - loss(-step)) / (2 * Double(step))
      let expected = inner(pulled, direction)
      #expect(
        abs(slope - expected) <= 5e-3 * inner(pulled, pulled).squareRoot() + rounding,
        "\(input.name): \(slope), \(expected)")
    }
  }

  // A linear layer is f(x·W + b) on the last dimension, and its gradients are those of the matrix product: all of
  // (x·W)ᵢⱼ sums of `inputs` products, the gradients of the weight of `rows`.
  @Test func linearIsTheMatrixProduct() throws {
    let (inputs, outputs) = (37, 50)
    let layer = Linear(
      Weight(path: "layer", hasBias: true, initialization: .normal(deviation: 1)), inputs: inputs,
      outputs: outputs)
    var parameters = Parameters(layer.parameters, seed: 3)
    parameters["layer.bias"] = random([outputs], seed: 4)
    let x = random([2, 9, inputs], seed: 5)
    let dy = random([2, 9, outputs], seed: 6)
    let tape = Tape(threads: 2)
    let binding = Binding(parameters, on: tape, isTrained: true, phase: .training)
    let value = layer(tape.watch(x, path: "x"), binding)
    let gradients = tape.gradients(of: value, cotangent: dy)
    #expect(value.shape == [2, 9, outputs])

    let weight = try #require(parameters["layer.weight"])
    let other = Tape(threads: 1)
    let product = other.watch(x.reshaped(to: [18, inputs]), path: "x")
      .matrixProduct(other.watch(weight, path: "layer.weight"))
      .activated(by: .identity, bias: other.watch(try #require(parameters["layer.bias"]), path: "layer.bias"))
    let expected = other.gradients(of: product, cotangent: dy.reshaped(to: [18, outputs]))
    let tolerance = 2 * roundingTolerance(terms: inputs)
    let scale = Double(outputs).squareRoot()
    #expect(
      worstError(value.value.elements, product.value.elements.map(Double.init), scale: scale) <= tolerance)
    for (path, gradient) in expected {
      let got = try #require(gradients[path])
      #expect(
        worstError(got.elements, gradient.elements.map(Double.init), scale: scale) <= tolerance, "\(path)")
    }
    #expect(expected.count == 3)
  }
}

private func random(_ shape: [Int], seed: UInt64) -> Tensor {
  Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
}

private func inner(_ a: Tensor, _ b: Tensor) -> Double {
  zip(a.elements, b.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
