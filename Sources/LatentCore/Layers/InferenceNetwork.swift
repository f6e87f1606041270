/// A network with its trained parameters, ready to be applied to many batches.
///
/// Batch normalization in inference is affine, so it is multiplied into the weights before it, once:
/// with s = scale/√(variance + ε), w′ = w·s and b′ = (b − mean)·s + offset for each output channel. So are positive
/// factors of channels behind an activation that they commute with: w′ = w·s and b′ = b·s. What remains is one pass over
/// the activations a layer.
package struct InferenceNetwork: Sendable {
  /// The layers without the normalizations.
  package let layers: Sequential
  /// Their parameters.
  package let parameters: Parameters

  /// Prepares a network.
  ///
  /// Parameters are taken over, so that those that nobody else holds are freed one by one as others take their place.
  ///
  /// - Precondition: The parameters are those that the network's layers describe.
  package init(_ network: Sequential, _ parameters: consuming Parameters) {
    layers = Self.fold(network, &parameters)
    self.parameters = parameters
  }

  private static func fold(_ network: Sequential, _ parameters: inout Parameters) -> Sequential {
    var layers: [any Layer] = []
    for layer in network.layers {
      // A reshape in between changes which number is which channel, not the last dimension.
      let index = layers.last is Reshape ? layers.count - 2 : layers.count - 1
      if let normalization = layer as? BatchNorm, index >= 0,
        let weighted = layers[index] as? any WeightLayer, weighted.weight.canBeNormalized
      {
        layers[index] = weighted.absorbing(normalization, &parameters)
      } else if let scale = layer as? ChannelScale, index >= 0,
        let weighted = layers[index] as? any WeightLayer, weighted.weight.commutes(with: scale, parameters)
      {
        layers[index] = weighted.absorbing(scale, &parameters)
      } else if let residual = layer as? Residual {
        layers.append(
          Residual(fold(residual.body, &parameters), shortcut: fold(residual.shortcut, &parameters)))
      } else {
        layers.append(layer)
      }
    }
    return Sequential(layers)
  }

  /// Applies the network to a batch.
  package func callAsFunction(_ x: Tensor, threads: Int) -> Tensor {
    self(Tape(threads: threads).constant(x)).value
  }

  /// Applies the network to a batch on its tape, where the parameters are constants.
  package func callAsFunction(_ x: Variable) -> Variable {
    layers(x, Binding(parameters, on: x.tape, isTrained: false, phase: .inference))
  }
}

/// A layer with a weight, whose output channels can be scaled and shifted.
protocol WeightLayer: Layer {
  var weight: Weight { get }
  /// The dimension of the weight that counts output channels.
  var outputDimension: Int { get }
  /// How many outputs the weight has: a convolution's channels.
  var outputs: Int { get }
  /// The same layer with another description of its weight.
  func replacing(_ weight: Weight) -> Self
}

extension Dense: WeightLayer {
  var outputDimension: Int { 1 }
  func replacing(_ weight: Weight) -> Dense { Dense(weight, inputs: inputs, outputs: outputs) }
}

extension Convolution: WeightLayer {
  var outputDimension: Int { 3 }
  var outputs: Int { outChannels }
  func replacing(_ weight: Weight) -> Convolution {
    Convolution(weight, inChannels: inChannels, outChannels: outChannels, geometry: geometry)
  }
}

extension DepthwiseConvolution: WeightLayer {
  var outputDimension: Int { 2 }
  var outputs: Int { channels }
  func replacing(_ weight: Weight) -> DepthwiseConvolution {
    DepthwiseConvolution(weight, channels: channels, geometry: geometry)
  }
}

extension TransposedConvolution: WeightLayer {
  var outputDimension: Int { 2 }
  var outputs: Int { outChannels }
  func replacing(_ weight: Weight) -> TransposedConvolution {
    TransposedConvolution(weight, inChannels: inChannels, outChannels: outChannels, geometry: geometry)
  }
}

extension Weight {
  /// Whether nothing but a bias stands between the product and a normalization.
  fileprivate var canBeNormalized: Bool { activation == .identity && !isSpectrallyNormalized }

  /// Whether s·f(x) = f(s·x) for the factors s of a scale.
  fileprivate func commutes(with scale: ChannelScale, _ parameters: Parameters) -> Bool {
    !isSpectrallyNormalized && activation.isPositivelyHomogeneous
      && parameters.elements(scale.factorPath).allSatisfy { $0 > 0 }
  }
}

extension WeightLayer {
  /// The layer with the normalization in its weight and bias, which replace theirs in `parameters`.
  fileprivate func absorbing(_ normalization: BatchNorm, _ parameters: inout Parameters) -> Self {
    func vector(_ name: String) -> [Float] { parameters.elements(normalization.path + name) }
    let (offset, mean) = (vector(".offset"), vector(".mean"))
    let factors = zip(vector(".scale"), vector(".variance")).map {
      $0 / ($1 + BatchNorm.epsilon).squareRoot()
    }
    scaleWeights(by: factors, &parameters) { bias, channel in
      (bias - mean[channel]) * factors[channel] + offset[channel]
    }
    for name in [".scale", ".offset", ".mean", ".variance"] { parameters[normalization.path + name] = nil }
    return replacing(weight.finished(by: normalization.activation))
  }

  /// The layer with the factors of its channels in its weight and bias, which replace theirs in `parameters`.
  fileprivate func absorbing(_ scale: ChannelScale, _ parameters: inout Parameters) -> Self {
    let factors = parameters.elements(scale.factorPath)
    scaleWeights(by: factors, &parameters) { bias, channel in bias * factors[channel] }
    parameters[scale.factorPath] = nil
    return replacing(weight.finished(by: weight.activation))
  }

  /// Multiplies the weight of each output by the factor of its channel, and puts a new bias in the place of the old.
  private func scaleWeights(
    by factors: [Float], _ parameters: inout Parameters,
    bias newBias: (_ bias: Float, _ channel: Int) -> Float
  ) {
    guard var weights = parameters[weight.weightPath] else {
      preconditionFailure("There is no parameter “\(weight.weightPath)”.")
    }
    // Held by nobody else then, they are changed where they lie.
    parameters[weight.weightPath] = nil
    let outputs = weights.shape[outputDimension]
    let bias = weight.hasBias ? parameters.elements(weight.biasPath) : [Float](repeating: 0, count: outputs)
    weights.scale(by: (0..<outputs).map { factors[$0 % factors.count] }, along: outputDimension)
    parameters[weight.weightPath] = weights
    parameters[weight.biasPath] = Tensor(
      shape: [outputs], elements: bias.enumerated().map { newBias($1, $0 % factors.count) })
  }
}

extension Parameters {
  /// The elements of the tensor at a path.
  ///
  /// - Precondition: There is such a tensor.
  fileprivate func elements(_ path: String) -> [Float] {
    guard let tensor = self[path] else { preconditionFailure("There is no parameter “\(path)”.") }
    return tensor.elements
  }
}

extension Activation {
  /// Whether f(s·x) = s·f(x) for every s above zero.
  fileprivate var isPositivelyHomogeneous: Bool {
    switch self {
    case .identity, .relu, .leakyReLU: true
    case .elu, .tanh, .sigmoid, .relu6: false
    }
  }
}

extension Tensor {
  /// Multiplies each element by the factor of its index along a dimension.
  fileprivate mutating func scale(by factors: [Float], along dimension: Int) {
    let inner = shape.dropFirst(dimension + 1).reduce(1, *)
    withMutableElements { elements in
      for start in stride(from: 0, to: elements.count, by: inner) {
        let factor = factors[start / inner % factors.count]
        for index in start..<start + inner { elements[index] *= factor }
      }
    }
  }
}

extension Sequential {
  /// The network's output in inference, with nothing recorded.
  package func inferred(_ x: Tensor, _ parameters: Parameters, threads: Int) -> Tensor {
    InferenceNetwork(self, parameters)(x, threads: threads)
  }
}
