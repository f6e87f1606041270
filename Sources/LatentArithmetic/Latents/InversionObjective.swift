import LatentCore

/// The mean squared error of a generator's drawing, mean((G(z; s) − x)²), as a function of the code and the factors.
///
/// Behind each hidden layer h of the generator stands a factor for each channel c: y[…, c] = s[c]·h(x)[…, c].
/// Everything else of the generator is constant, so no gradient of a weight is computed.
package struct InversionObjective {
  /// Where the code is among the variables, [1, latentSize].
  package static let codePath = "code"

  /// The generator, with a ``ChannelScale`` for each layer whose factors are variables.
  package let layers: Sequential
  private let weights: Parameters
  private let target: Tensor
  private let threads: Int

  /// Makes the objective of one picture, [1, 80, 80, 3] in −1...1.
  package init(_ network: InferenceNetwork, parts: Refinement.Parts, target: Tensor, threads: Int) {
    layers = parts == .code ? network.layers : network.layers.scalingHiddenChannels()
    (weights, self.target, self.threads) = (network.parameters, target, threads)
  }

  /// What every factor is 1 at.
  package var neutralFactors: Parameters {
    Parameters(layers.layers.filter { $0 is ChannelScale }.flatMap(\.parameters), seed: 0)
  }

  /// The loss at a code and factors, and its gradient with respect to all of them, to be asked for once.
  package func callAsFunction(
    at point: Parameters
  ) -> (loss: Float, gradients: () -> [String: Tensor]) {
    guard let code = point[Self.codePath] else { preconditionFailure("There is no code to draw.") }
    let tape = Tape(threads: threads)
    let frozen = Binding(weights, on: tape, isTrained: false, phase: .inference)
    let varied = Binding(point, on: tape, isTrained: true, phase: .inference)
    let drawing = layers.layers.reduce(tape.watch(code, path: Self.codePath)) { x, layer in
      layer(x, layer is ChannelScale ? varied : frozen)
    }
    let loss = drawing.meanSquaredError(to: target)
    return (loss.value.scalar, { tape.gradients(of: loss) })
  }

  /// The generator with the factors of a point in its weights, which draws as fast as the one without.
  package func network(at point: Parameters) -> InferenceNetwork {
    var all = weights
    for path in point.paths where path != Self.codePath { all[path] = point[path] }
    return InferenceNetwork(layers, all)
  }
}
