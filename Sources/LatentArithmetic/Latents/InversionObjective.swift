import LatentCore

/// The mean squared error of a generator's drawing, mean((G(z; s) − x)²), as a function of the code and of factors.
///
/// What the factors multiply is the generator's matter: ``ConvolutionalGenerator`` has one behind each channel of its
/// hidden layers, y[…, c] = s[c]·h(x)[…, c], and ``StyleGAN2Generator`` one for each number of its styles. Everything else
/// of the generator is constant, so no gradient of a weight is computed.
package struct InversionObjective {
  /// Where the code is among the variables, [1, latentSize].
  package static let codePath = "code"

  /// What every factor is 1 at.
  package let neutralFactors: Parameters
  private let target: Tensor
  private let threads: Int
  private let drawing: (_ code: Variable, _ factors: Binding) -> Variable

  /// Makes the objective of one image.
  ///
  /// - Parameters:
  ///   - scales: The layers whose factors are fitted; none where the code alone is.
  ///   - target: The image, [1, size, size, 3] in −1...1.
  ///   - threads: The most threads to use.
  ///   - drawing: Draws a code with factors, which it may find bound to the scales.
  package init(
    scales: [ChannelScale], target: Tensor, threads: Int,
    drawing: @escaping (_ code: Variable, _ factors: Binding) -> Variable
  ) {
    neutralFactors = Parameters(scales.flatMap(\.parameters), seed: 0)
    (self.target, self.threads, self.drawing) = (target, threads, drawing)
  }

  /// The loss at a code and factors, and its gradient with respect to all of them, to be asked for once.
  package func callAsFunction(
    at point: Parameters
  ) -> (loss: Float, gradients: () -> [String: Tensor]) {
    guard let code = point[Self.codePath] else { preconditionFailure("There is no code to draw.") }
    let tape = Tape(threads: threads)
    let varied = Binding(point, on: tape, isTrained: true, phase: .inference)
    let loss = drawing(tape.watch(code, path: Self.codePath), varied).meanSquaredError(to: target)
    return (loss.value.scalar, { tape.gradients(of: loss) })
  }
}

extension InversionObjective {
  /// Makes the objective of one image for a network, with or without factors behind its hidden channels.
  package init(_ network: InferenceNetwork, parts: Refinement.Parts, target: Tensor, threads: Int) {
    let layers = network.layers(for: parts).layers
    self.init(scales: layers.compactMap { $0 as? ChannelScale }, target: target, threads: threads) {
      code, factors in
      let frozen = Binding(network.parameters, on: code.tape, isTrained: false, phase: .inference)
      return layers.reduce(code) { x, layer in layer(x, layer is ChannelScale ? factors : frozen) }
    }
  }
}

extension InferenceNetwork {
  /// The layers, with a ``ChannelScale`` behind each hidden one where its factors are fitted.
  package func layers(for parts: Refinement.Parts) -> Sequential {
    parts == .code ? layers : layers.scalingHiddenChannels()
  }

  /// The network with the factors of a point in its weights, which draws as fast as the one without.
  func absorbing(_ point: Parameters) -> InferenceNetwork {
    var all = parameters
    for path in point.paths where path != InversionObjective.codePath { all[path] = point[path] }
    return InferenceNetwork(layers(for: .codeAndChannels), all)
  }
}
