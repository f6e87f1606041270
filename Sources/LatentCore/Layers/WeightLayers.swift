/// How the weight layers of a network begin.
public enum WeightInitialization: Sendable, Equatable {
  /// Normal with this deviation; 0.02 is DCGAN's.
  case normal(deviation: Float)
  /// Glorot's uniform, Keras's default.
  case glorotUniform

  fileprivate func initializer(fanIn: Int, fanOut: Int) -> ParameterSpecification.Initializer {
    switch self {
    case .normal(let deviation): .normal(mean: 0, deviation: deviation)
    case .glorotUniform: .glorotUniform(fanIn: fanIn, fanOut: fanOut)
    }
  }
}

/// A weight with what surrounds it: an optional bias, an optional division by its spectral norm, an activation.
///
/// The weight is at `path.weight`, the bias at `path.bias`, the singular vector at `path.singular`.
public struct Weight: Sendable {
  package let path: String
  package let hasBias: Bool
  package let isSpectrallyNormalized: Bool
  package let activation: Activation
  let initialization: WeightInitialization

  /// Describes a weight.
  public init(
    path: String, hasBias: Bool, isSpectrallyNormalized: Bool = false, activation: Activation = .identity,
    initialization: WeightInitialization
  ) {
    self.path = path
    self.hasBias = hasBias
    self.isSpectrallyNormalized = isSpectrallyNormalized
    self.activation = activation
    self.initialization = initialization
  }

  package var weightPath: String { path + ".weight" }
  package var biasPath: String { path + ".bias" }
  package var singularPath: String { path + ".singular" }

  /// The same weight with a bias and another activation.
  func finished(by activation: Activation) -> Weight {
    Weight(
      path: path, hasBias: true, isSpectrallyNormalized: isSpectrallyNormalized, activation: activation,
      initialization: initialization)
  }

  fileprivate func parameters(
    shape: [Int], outputs: Int, fanIn: Int, fanOut: Int
  ) -> [ParameterSpecification] {
    var list = [
      ParameterSpecification(
        path: weightPath, shape: shape,
        initializer: initialization.initializer(fanIn: fanIn, fanOut: fanOut))
    ]
    if hasBias {
      list.append(ParameterSpecification(path: biasPath, shape: [outputs], initializer: .constant(0)))
    }
    if isSpectrallyNormalized, let columns = shape.last {
      list.append(
        ParameterSpecification(
          path: singularPath, shape: [columns], initializer: .normal(mean: 0, deviation: 1),
          isTrainable: false))
    }
    return list
  }

  /// The parameters of a weight of square kernels, [kernel, kernel, channels.0, channels.1].
  fileprivate func parameters(
    kernel: Int, channels: (Int, Int), inChannels: Int, outChannels: Int
  ) -> [ParameterSpecification] {
    parameters(
      shape: [kernel, kernel, channels.0, channels.1], outputs: outChannels,
      fanIn: kernel * kernel * inChannels, fanOut: kernel * kernel * outChannels)
  }

  fileprivate func bound(_ binding: Binding) -> Variable {
    isSpectrallyNormalized
      ? binding.spectrallyNormalized(weightPath, state: singularPath) : binding.variable(weightPath)
  }

  fileprivate func boundBias(_ binding: Binding) -> Variable? {
    hasBias ? binding.variable(biasPath) : nil
  }
}

/// A dense layer: f(x·W + b) with x flattened to [batch, inputs] and W [inputs, outputs].
public struct Dense: Layer {
  package let weight: Weight
  package let inputs: Int
  package let outputs: Int

  /// Describes a dense layer.
  public init(_ weight: Weight, inputs: Int, outputs: Int) {
    (self.weight, self.inputs, self.outputs) = (weight, inputs, outputs)
  }

  public var parameters: [ParameterSpecification] {
    weight.parameters(shape: [inputs, outputs], outputs: outputs, fanIn: inputs, fanOut: outputs)
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    let rows = x.shape.count == 2 ? x : x.reshaped(to: [x.shape.first ?? 1, inputs])
    let product = rows.matrixProduct(weight.bound(binding))
    if !weight.hasBias && weight.activation == .identity { return product }
    return product.activated(by: weight.activation, bias: weight.boundBias(binding))
  }
}

/// A dense layer over the last dimension, whatever dimensions stand before it: f(x·W + b), W [inputs, outputs].
///
/// The weight is packed for the kernels once and kept so, as a convolution's is: for weights that stay while many
/// small batches pass. ``Dense`` keeps no second form, for weights that each step changes.
public struct Linear: Layer {
  package let weight: Weight
  package let inputs: Int
  package let outputs: Int

  /// Describes a layer.
  public init(_ weight: Weight, inputs: Int, outputs: Int) {
    (self.weight, self.inputs, self.outputs) = (weight, inputs, outputs)
  }

  public var parameters: [ParameterSpecification] {
    weight.parameters(shape: [inputs, outputs], outputs: outputs, fanIn: inputs, fanOut: outputs)
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    let shape = x.shape
    precondition(shape.last == inputs, "A layer of \(inputs) inputs cannot take shape \(shape).")
    // A matrix product is a convolution of pixels.
    return x.reshaped(to: [1, 1, shape.dropLast().reduce(1, *), inputs])
      .convolved(
        with: weight.bound(binding).reshaped(to: [1, 1, inputs, outputs]), .pixels,
        bias: weight.boundBias(binding), activation: weight.activation
      )
      .reshaped(to: shape.dropLast() + [outputs])
  }
}

extension ConvolutionGeometry {
  /// Each pixel by itself.
  fileprivate static let pixels = ConvolutionGeometry(
    kernel: 1, stride: 1, padding: Padding(top: 0, bottom: 0, left: 0, right: 0))
}

/// A convolution layer: f(x ∗ w + b), w [kernel, kernel, in, out].
public struct Convolution: Layer {
  package let weight: Weight
  package let inChannels: Int
  package let outChannels: Int
  package let geometry: ConvolutionGeometry

  /// Describes a convolution layer.
  public init(_ weight: Weight, inChannels: Int, outChannels: Int, geometry: ConvolutionGeometry) {
    (self.weight, self.inChannels, self.outChannels) = (weight, inChannels, outChannels)
    self.geometry = geometry
  }

  public var parameters: [ParameterSpecification] {
    weight.parameters(
      kernel: geometry.kernel, channels: (inChannels, outChannels), inChannels: inChannels,
      outChannels: outChannels)
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.convolved(
      with: weight.bound(binding), geometry, bias: weight.boundBias(binding), activation: weight.activation)
  }
}

/// A depthwise convolution layer: f(x ∗ w + b) channel by channel, w [kernel, kernel, channels].
public struct DepthwiseConvolution: Layer {
  package let weight: Weight
  package let channels: Int
  package let geometry: ConvolutionGeometry

  /// Describes a depthwise convolution layer.
  ///
  /// - Precondition: The weight is not spectrally normalized: it is no matrix.
  public init(_ weight: Weight, channels: Int, geometry: ConvolutionGeometry) {
    precondition(
      !weight.isSpectrallyNormalized, "The depthwise filter “\(weight.path)” has no spectral norm.")
    (self.weight, self.channels, self.geometry) = (weight, channels, geometry)
  }

  public var parameters: [ParameterSpecification] {
    let taps = geometry.kernel * geometry.kernel
    return weight.parameters(
      shape: [geometry.kernel, geometry.kernel, channels], outputs: channels, fanIn: taps, fanOut: taps)
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.depthwiseConvolved(
      with: weight.bound(binding), geometry, bias: weight.boundBias(binding), activation: weight.activation)
  }
}

/// A transposed convolution layer: f(x ∗ᵀ w + b), w [kernel, kernel, out, in].
public struct TransposedConvolution: Layer {
  package let weight: Weight
  package let inChannels: Int
  package let outChannels: Int
  package let geometry: ConvolutionGeometry

  /// Describes a transposed convolution layer; the geometry is that of the mirrored convolution.
  public init(_ weight: Weight, inChannels: Int, outChannels: Int, geometry: ConvolutionGeometry) {
    (self.weight, self.inChannels, self.outChannels) = (weight, inChannels, outChannels)
    self.geometry = geometry
  }

  public var parameters: [ParameterSpecification] {
    weight.parameters(
      kernel: geometry.kernel, channels: (outChannels, inChannels), inChannels: inChannels,
      outChannels: outChannels)
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.transposeConvolved(
      with: weight.bound(binding), geometry, bias: weight.boundBias(binding), activation: weight.activation)
  }
}
