import LatentCore
import TestSupport
import Testing

/// f(s·(A·x) + offset′) with the normalization in the weights is f of the normalization of A·x.
@Suite struct InferenceNetworkTests {
  private static let halving = ConvolutionGeometry(
    kernel: 4, stride: 2, padding: .init(top: 1, bottom: 1, left: 1, right: 1))

  private static let keeping = ConvolutionGeometry(
    kernel: 3, stride: 1, padding: .init(top: 1, bottom: 1, left: 1, right: 1))

  private static func weight(_ path: String, hasBias: Bool = false, isSpectral: Bool = false) -> Weight {
    Weight(
      path: path, hasBias: hasBias, isSpectrallyNormalized: isSpectral,
      initialization: .normal(deviation: 0.1))
  }

  /// Every kind of layer before a normalization, a reshape between, and a weight that cannot take one up.
  private static let network = Sequential([
    Dense(weight("dense"), inputs: 6, outputs: 4 * 4 * 8), Reshape(to: [4, 4, 8]),
    BatchNorm(path: "norm1", channels: 8, activation: .relu),
    TransposedConvolution(weight("up"), inChannels: 8, outChannels: 16, geometry: halving),
    BatchNorm(path: "norm2", channels: 16, activation: .tanh),
    Convolution(weight("down", hasBias: true), inChannels: 16, outChannels: 5, geometry: halving),
    BatchNorm(path: "norm3", channels: 5, activation: .leakyReLU(slope: 0.2)),
    Residual(
      Sequential([
        DepthwiseConvolution(weight("depthwise"), channels: 5, geometry: keeping),
        BatchNorm(path: "norm5", channels: 5, activation: .relu6),
      ])),
    Convolution(weight("last", isSpectral: true), inChannels: 5, outChannels: 3, geometry: halving),
    BatchNorm(path: "norm4", channels: 3, activation: .identity),
  ])

  @Test func normalizationsGoIntoTheWeights() {
    var parameters = Parameters(Self.network.parameters, seed: 1)
    for path in parameters.paths {
      // Statistics and biases as training leaves them: no zeros, no ones, variances above zero.
      var stream = RandomStream(seed: 2, name: path)
      let random = stream.normal(shape: parameters[path]?.shape ?? [])
      if path.hasSuffix(".variance") {
        parameters[path] = Tensor(shape: random.shape, elements: random.elements.map { 0.3 + $0 * $0 })
      } else if !path.hasSuffix(".weight") {
        parameters[path] = random
      }
    }
    var stream = RandomStream(seed: 3, name: "x")
    let x = stream.normal(shape: [3, 6])
    let tape = Tape(threads: 2)
    let expected = Self.network(
      tape.constant(x), Binding(parameters, on: tape, isTrained: false, phase: .inference)
    ).value
    let before = parameters.tensors.mapValues(\.elements)
    let folded = InferenceNetwork(Self.network, parameters)
    let got = folded(x, threads: 2)
    #expect(got.shape == expected.shape)
    #expect(relativeError(got.elements, expected.elements.map { Double($0) }) <= 1e-6)
    // What another holds is not changed where it lies.
    #expect(parameters.tensors.mapValues(\.elements) == before)
    // The normalization after a spectrally normalized weight stays.
    #expect(folded.layers.layers.count { $0 is BatchNorm } == 1)
    #expect(folded.parameters.paths.filter { $0.hasPrefix("norm") }.allSatisfy { $0.hasPrefix("norm4") })
  }

  // s·f(w·x + b) = f(s·w·x + s·b) for s > 0 and f(x) = x, relu or leaky relu, not for tanh; the factors of a dense
  // layer are those of the channels that its outputs are reshaped to.
  @Test func channelFactorsGoIntoTheWeights() {
    let activations: [Activation] = [.relu, .leakyReLU(slope: 0.2), .identity, .tanh, .sigmoid]
    func weight(_ index: Int) -> Weight {
      Weight(
        path: "layer\(index)", hasBias: index.isMultiple(of: 2), activation: activations[index],
        initialization: .normal(deviation: 0.2))
    }
    let network = Sequential([
      Dense(weight(0), inputs: 6, outputs: 4 * 4 * 8), Reshape(to: [4, 4, 8]),
      TransposedConvolution(weight(1), inChannels: 8, outChannels: 5, geometry: Self.halving),
      DepthwiseConvolution(weight(2), channels: 5, geometry: Self.keeping),
      Convolution(weight(3), inChannels: 5, outChannels: 7, geometry: Self.halving),
      Convolution(weight(4), inChannels: 7, outChannels: 3, geometry: Self.keeping),
    ]).scalingHiddenChannels()
    #expect(network.layers.compactMap { ($0 as? ChannelScale)?.channels } == [8, 5, 5, 7])
    var parameters = Parameters(network.parameters, seed: 1)
    for path in parameters.paths where !path.hasSuffix(".weight") {
      var stream = RandomStream(seed: 2, name: path)
      let random = stream.normal(shape: parameters[path]?.shape ?? [])
      parameters[path] =
        path.hasSuffix(".factor")
        ? Tensor(shape: random.shape, elements: random.elements.map { 0.3 + $0 * $0 }) : random
    }
    var stream = RandomStream(seed: 3, name: "x")
    let x = stream.normal(shape: [3, 6])
    func output(_ parameters: Parameters) -> [Double] {
      let tape = Tape(threads: 2)
      let binding = Binding(parameters, on: tape, isTrained: false, phase: .inference)
      return network(tape.constant(x), binding).value.elements.map { Double($0) }
    }
    for negative in [nil, "layer1.channels.factor"] {
      if let negative { parameters[negative] = parameters[negative].map { Self.negated($0) } }
      let folded = InferenceNetwork(network, parameters)
      #expect(relativeError(folded(x, threads: 2).elements, output(parameters)) <= 1e-6)
      let kept = folded.layers.layers.compactMap { ($0 as? ChannelScale)?.path }
      #expect(kept == (negative == nil ? [] : ["layer1.channels"]) + ["layer3.channels"])
    }
  }

  private static func negated(_ tensor: Tensor) -> Tensor {
    Tensor(shape: tensor.shape, elements: tensor.elements.map { -$0 })
  }
}
