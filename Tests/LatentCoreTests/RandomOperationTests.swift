import LatentCore
import TestSupport
import Testing

/// The pullbacks of the operations at random shapes, through the tape.
struct RandomOperationTests {
  /// An operation at a random shape, and its inputs by name.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let inputs: [(name: String, value: Tensor)]
    let apply: @Sendable ([Variable]) -> Variable

    init(
      _ name: String, _ inputs: [(name: String, value: Tensor)],
      apply: @escaping @Sendable ([Variable]) -> Variable
    ) {
      (self.name, self.inputs, self.apply) = (name, inputs, apply)
    }

    var testDescription: String {
      name + inputs.map { ", \($0.name) \($0.value.shape)" }.joined()
    }
  }

  private static let seeds = 1...8 as ClosedRange<UInt64>

  /// Operations that are linear on rays in each input but the one named `bias`, and on rays of that input and the
  /// bias together.
  static let homogeneous: [Case] = seeds.flatMap { seed in
    var stream = ShapeStream(seed: seed)
    return convolutions(&stream) + others(&stream)
  }

  /// Operations that are smooth.
  static let smooth: [Case] = seeds.flatMap { seed in
    var stream = ShapeStream(seed: seed)
    return smoothMaps(&stream) + losses(&stream)
  }

  // f(t·x, t·b) = t·f(x, b) for t > 0, so by Euler's theorem ⟨f, y⟩ = ⟨x, dx⟩ + ⟨b, db⟩ for random y. Each side is a
  // sum of independent products, of the size of ‖f‖·‖y‖/√count; each of its terms may be a sum of some hundreds.
  @Test(arguments: homogeneous) func pullbackIsTheAdjoint(_ item: Case) throws {
    let tape = Tape(threads: 2)
    let variables = item.inputs.map { tape.watch($0.value, path: $0.name) }
    let value = item.apply(variables)
    let y = random(value.shape, seed: 101)
    let gradients = tape.gradients(of: value, cotangent: y)
    #expect(gradients.count == item.inputs.count)
    let left = inner(value.value, y)
    let size = (inner(value.value, value.value) * inner(y, y) / Double(y.count)).squareRoot()
    let bias = try item.inputs.first { $0.name == "bias" }.map {
      inner($0.value, try #require(gradients["bias"]))
    }
    var compared = 0
    for (name, input) in item.inputs where name != "bias" {
      let pulled = try #require(gradients[name])
      #expect(pulled.shape == input.shape)
      // Where the terms cancel, their rounding is of the size of the terms.
      let terms = (inner(input, input) * inner(pulled, pulled)).squareRoot()
      let tolerance = roundingTolerance(terms: 1000) * size + roundingTolerance(terms: 1) * terms
      #expect(abs(left - inner(input, pulled) - (bias ?? 0)) <= tolerance, "\(name)")
      compared += 1
    }
    #expect(compared > 0)
  }

  // (L(x + h·v) − L(x − h·v))/2h = ⟨dx, v⟩ for L = ⟨f, y⟩ and a random direction v, for each input. With h = 1/64 the
  // truncation is some h²/6 of a third derivative, and the rounding of L, ε·‖f‖·‖y‖, is magnified by 32.
  @Test(arguments: smooth) func pullbackIsTheDerivative(_ item: Case) throws {
    let step: Float = 1 / 64
    let tape = Tape(threads: 2)
    let value = item.apply(item.inputs.map { tape.watch($0.value, path: $0.name) })
    let y = random(value.shape, seed: 102)
    let gradients = tape.gradients(of: value, cotangent: y)
    let rounding = 64 * Double(Float.ulpOfOne) * (inner(value.value, value.value) * inner(y, y)).squareRoot()
    for (index, (name, input)) in item.inputs.enumerated() {
      let pulled = try #require(gradients[name])
      #expect(pulled.shape == input.shape)
      let direction = randomFloats(count: input.count, seed: 103)
      func loss(_ distance: Float) -> Double {
        let moved = zip(input.elements, direction).map { $0 + distance * $1 }
        let tape = Tape(threads: 1)
        let variables = item.inputs.enumerated().map { place, other in
          tape.constant(place == index ? Tensor(shape: input.shape, elements: moved) : other.value)
        }
        return inner(item.apply(variables).value, y)
      }
      let slope = (loss(step) - loss(-step)) / (2 * Double(step))
      let expected = inner(pulled, Tensor(shape: input.shape, elements: direction))
      #expect(abs(slope - expected) <= 5e-3 * inner(pulled, pulled).squareRoot() + rounding, "\(name)")
    }
  }

  @Test func thereAreCasesOfEachOperation() {
    #expect(Set(Self.homogeneous.map(\.name)).count == 12 && Self.homogeneous.count == 12 * Self.seeds.count)
    #expect(Set(Self.smooth.map(\.name)).count == 11 && Self.smooth.count == 11 * Self.seeds.count)
  }

  // MARK: - Cases

  private static func convolutions(_ stream: inout ShapeStream) -> [Case] {
    let kernel = stream.size(upTo: 5)
    func pads() -> (Int, Int) {
      let before = Int.random(in: 0...kernel - 1, using: &stream)
      return (before, .random(in: 0...kernel - 1 - before, using: &stream))
    }
    let (vertical, horizontal) = (pads(), pads())
    let geometry = ConvolutionGeometry(
      kernel: kernel, stride: stream.size(upTo: 3),
      padding: .init(top: vertical.0, bottom: vertical.1, left: horizontal.0, right: horizontal.1))
    let shape = [
      stream.size(upTo: 4), kernel + stream.size(upTo: 9) - 1, kernel + stream.size(upTo: 9) - 1,
      stream.size(upTo: 40, near: [4, 16, 32]),
    ]
    let (channels, other) = (shape[3], stream.size(upTo: 40, near: [4, 16, 32]))
    let x = ("x", random(shape, seed: 1))
    let activation = Activation.leakyReLU(slope: 0.3)
    return [
      Case(
        "convolution",
        [x, ("w", random([kernel, kernel, channels, other], seed: 2)), ("bias", random([other], seed: 3))]
      ) { $0[0].convolved(with: $0[1], geometry, bias: $0[2], activation: activation) },
      Case(
        "transposed convolution",
        [x, ("w", random([kernel, kernel, other, channels], seed: 4)), ("bias", random([other], seed: 5))]
      ) { $0[0].transposeConvolved(with: $0[1], geometry, bias: $0[2], activation: activation) },
      Case(
        "depthwise convolution",
        [x, ("w", random([kernel, kernel, channels], seed: 6)), ("bias", random([channels], seed: 7))]
      ) { $0[0].depthwiseConvolved(with: $0[1], geometry, bias: $0[2], activation: activation) },
    ]
  }

  private static func others(_ stream: inout ShapeStream) -> [Case] {
    let (m, n, k) = (
      stream.size(upTo: 40, near: [14]), stream.size(upTo: 70, near: [16, 32]), stream.size(upTo: 70)
    )
    let image = [
      stream.size(upTo: 4), stream.size(upTo: 12), stream.size(upTo: 12), stream.size(upTo: 40, near: [16]),
    ]
    let x = ("x", random(image, seed: 11))
    let count = image.reduce(1, *)
    let (kernel, stride) = (stream.size(upTo: min(image[1], image[2], 3)), stream.size(upTo: 3))
    let factor = Float.random(in: -2...2, using: &stream)
    let seed = stream.next()
    let changes = (0..<image[0]).map { _ in
      var change = Augmentation()
      change.saturation = .random(in: 0...2, using: &stream)
      change.contrast = .random(in: 0.5...1.5, using: &stream)
      change.shiftDown = .random(in: -image[1]...image[1], using: &stream)
      change.shiftRight = .random(in: -image[2]...image[2], using: &stream)
      return change
    }
    return [
      Case("matrix product", [("a", random([m, k], seed: 12)), ("b", random([k, n], seed: 13))]) {
        $0[0].matrixProduct($0[1])
      },
      Case("reshape", [x]) { $0[0].reshaped(to: [image[3], count / image[3]]) },
      Case("sum", [x, ("bias", random(image, seed: 14))]) { $0[0].adding($0[1]) },
      Case("scaling", [x]) { $0[0].scaled(by: factor) },
      Case("mean", [x]) { $0[0].mean() },
      Case("scaling of channels", [x, ("factors", random([image[3]], seed: 15))]) {
        $0[0].scaledChannels(by: $0[1])
      },
      Case("max pooling", [x]) { $0[0].maxPooled(kernel: kernel, stride: stride) },
      Case("dropout", [x]) { $0[0].droppedOut(rate: 0.3, seed: seed) },
      Case("augmentation", [x]) { $0[0].augmented(by: changes) },
    ]
  }

  private static func smoothMaps(_ stream: inout ShapeStream) -> [Case] {
    let channels = stream.size(upTo: 40, near: [4, 16, 32])
    let shape = [2 + stream.size(upTo: 30), channels]
    let x = ("x", random(shape, seed: 21))
    let (scale, offset) = (("scale", random([channels], seed: 22)), ("offset", random([channels], seed: 23)))
    let mean = random([channels], seed: 24)
    let variance = Tensor(shape: [channels], elements: mean.elements.map { 0.5 + $0 * $0 })
    let slope = random([channels], seed: 25)
    let weight = random([shape[0], 3, 3, channels], seed: 26)
    let geometry = ConvolutionGeometry(
      kernel: 3, stride: 1, padding: .init(top: 1, bottom: 1, left: 1, right: 1))
    return [
      Case("tanh", [x, ("bias", offset.1)]) { $0[0].activated(by: .tanh, bias: $0[1]) },
      Case("sigmoid", [x]) { $0[0].activated(by: .sigmoid) },
      Case("convolution and tanh", [("x", weight), ("w", random([3, 3, channels, 5], seed: 27))]) {
        $0[0].convolved(with: $0[1].scaled(by: 0.1), geometry, activation: .tanh)
      },
      Case("slope of the parametric rectifier", [("slope", slope)]) {
        $0[0].tape.constant(x.1).prelu(slope: $0[0])
      },
      Case("pixel normalization", [x]) { $0[0].pixelNormalized(axis: 0) },
      Case("unit length", [x]) { $0[0].reshaped(to: [x.1.count]).unitLength() },
      Case("batch normalization in training", [x, scale, offset]) {
        $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1, activation: .tanh).output
      },
      Case("batch normalization in inference", [x, scale, offset]) {
        $0[0].normalized(
          scale: $0[1], offset: $0[2], mean: mean, variance: variance, epsilon: 0.1, activation: .sigmoid)
      },
    ]
  }

  private static func losses(_ stream: inout ShapeStream) -> [Case] {
    let count = stream.size(upTo: 300, near: [16])
    let x = ("x", random([count], seed: 31))
    let targets = Tensor(
      shape: [count], elements: randomFloats(count: count, seed: 32).map { min(max($0, 0), 1) })
    let (batch, words, size) = (
      stream.size(upTo: 20, near: [16]), stream.size(upTo: 8), 8 + stream.size(upTo: 60)
    )
    let differences = random([batch, size], seed: 33)
    let active = (0..<batch * words).map { $0 % (words + 1) != 1 }
    return [
      Case("binary cross-entropy", [x]) { $0[0].binaryCrossEntropy(targets: targets) },
      Case("squared error", [x]) { $0[0].meanSquaredError(to: targets) },
      Case("θ loss", [("w", random([batch, words, size], seed: 34))]) {
        $0[0].thetaLoss(differences: differences, active: active).loss
      },
    ]
  }
}

private func random(_ shape: [Int], seed: UInt64) -> Tensor {
  Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
}

private func inner(_ a: Tensor, _ b: Tensor) -> Double {
  zip(a.elements, b.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
