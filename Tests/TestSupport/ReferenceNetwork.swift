import CKernels
import CKernelsReference
import LatentCore

/// A dense, row-major array in double precision.
package struct ReferenceTensor {
  /// The lengths of the dimensions.
  package var shape: [Int]
  /// The elements.
  package var values: [Double]

  /// Makes an array.
  package init(shape: [Int], values: [Double]) { (self.shape, self.values) = (shape, values) }

  /// The same numbers in double precision.
  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, values: tensor.elements.map { Double($0) })
  }
}

/// The values of a network's parameters in double precision, by path.
package typealias ReferenceParameters = [String: [Double]]

extension Parameters {
  /// The same numbers in double precision.
  package var inDouble: ReferenceParameters {
    paths.reduce(into: [:]) { $0[$1] = self[$1]?.elements.map { Double($0) } }
  }
}

/// The double-precision twin of a network: the same layers, each by its reference kernel, forward only.
///
/// Finite differences are taken of it. The parameters are an argument, so that a test may move them. What training
/// holds fixed while it differentiates is fixed here too: the mask of dropout and the two singular vectors of
/// spectral normalization, which come from the parameters that the twin was made with.
package struct ReferenceNetwork {
  private let layers: [any Layer]
  private let phase: Phase
  private let seed: UInt64
  private var singularVectors: [String: (left: [Double], right: [Double])] = [:]

  /// Makes the twin of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - parameters: Its parameters at the point of differentiation.
  ///   - phase: What batch normalization and dropout do.
  ///   - seed: The seed of the binding, which decides what dropout drops.
  package init(_ network: Sequential, _ parameters: Parameters, phase: Phase, seed: UInt64 = 0) {
    (layers, self.phase, self.seed) = (network.layers, phase, seed)
    let values = parameters.inDouble
    for case let convolution as Convolution in layers where convolution.weight.isSpectrallyNormalized {
      singularVectors[convolution.weight.weightPath] = Self.singularVectors(of: convolution.weight, values)
    }
    for case let dense as Dense in layers where dense.weight.isSpectrallyNormalized {
      singularVectors[dense.weight.weightPath] = Self.singularVectors(of: dense.weight, values)
    }
  }

  /// Applies the network; `evaluation` counts the calls under one binding, each of which drops other elements.
  package func callAsFunction(
    _ x: ReferenceTensor, _ parameters: ReferenceParameters, evaluation: Int = 0
  ) -> ReferenceTensor {
    layers.reduce(x) { x, layer in
      switch layer {
      case let dense as Dense: self.dense(dense, x, parameters)
      case let convolution as Convolution: self.convolution(convolution, x, parameters)
      case let transposed as TransposedConvolution: transposedConvolution(transposed, x, parameters)
      case let norm as BatchNorm: batchNorm(norm, x, parameters)
      case let scale as ChannelScale: channelScale(scale, x, parameters)
      case let reshape as Reshape: ReferenceTensor(shape: [x.shape[0]] + reshape.shape, values: x.values)
      case let dropout as Dropout: self.dropout(dropout, x, evaluation)
      default: preconditionFailure("The twin knows no layer \(type(of: layer)).")
      }
    }
  }

  // MARK: - Layers

  private func dense(
    _ layer: Dense, _ x: ReferenceTensor, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    let rows = x.values.count / layer.inputs
    var y = [Double](repeating: .nan, count: rows * layer.outputs)
    ck_reference_gemm(
      false, false, rows, layer.outputs, layer.inputs, 1, x.values, weight(layer.weight, parameters), 0, &y)
    return finished(ReferenceTensor(shape: [rows, layer.outputs], values: y), layer.weight, parameters)
  }

  private func convolution(
    _ layer: Convolution, _ x: ReferenceTensor, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    let (geometry, padding) = (layer.geometry, layer.geometry.padding)
    let height = (x.shape[1] + padding.top + padding.bottom - geometry.kernel) / geometry.stride + 1
    let width = (x.shape[2] + padding.left + padding.right - geometry.kernel) / geometry.stride + 1
    let outputShape = [x.shape[0], height, width, layer.outChannels]
    var shape = Self.shape(geometry, from: x.shape, to: outputShape)
    var y = [Double](repeating: .nan, count: outputShape.reduce(1, *))
    ck_reference_convolution_forward(&shape, x.values, weight(layer.weight, parameters), &y)
    return finished(ReferenceTensor(shape: outputShape, values: y), layer.weight, parameters)
  }

  private func transposedConvolution(
    _ layer: TransposedConvolution, _ x: ReferenceTensor, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    let (geometry, padding) = (layer.geometry, layer.geometry.padding)
    let outputShape = [
      x.shape[0], (x.shape[1] - 1) * geometry.stride + geometry.kernel - padding.top - padding.bottom,
      (x.shape[2] - 1) * geometry.stride + geometry.kernel - padding.left - padding.right, layer.outChannels,
    ]
    var shape = Self.shape(geometry, from: outputShape, to: x.shape)
    var y = [Double](repeating: .nan, count: outputShape.reduce(1, *))
    ck_reference_convolution_backward_input(&shape, x.values, weight(layer.weight, parameters), &y)
    return finished(ReferenceTensor(shape: outputShape, values: y), layer.weight, parameters)
  }

  private func batchNorm(
    _ layer: BatchNorm, _ x: ReferenceTensor, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    let (rows, channels) = (x.values.count / layer.channels, layer.channels)
    let epsilon = Double(BatchNorm.epsilon)
    func vector(_ name: String) -> [Double] { value(layer.path + name, parameters) }
    var y = [Double](repeating: .nan, count: x.values.count)
    switch phase {
    case .training:
      var (mean, variance) = (
        [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
      )
      ck_reference_batch_norm_training_forward(
        rows, channels, epsilon, x.values, vector(".scale"), vector(".offset"), &y, &mean, &variance)
    case .inference:
      ck_reference_batch_norm_inference_forward(
        rows, channels, epsilon, x.values, vector(".scale"), vector(".offset"), vector(".mean"),
        vector(".variance"), &y)
    }
    return activated(ReferenceTensor(shape: x.shape, values: y), layer.activation, bias: nil)
  }

  private func channelScale(
    _ layer: ChannelScale, _ x: ReferenceTensor, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    let factors = value(layer.factorPath, parameters)
    let y = x.values.enumerated().map { $1 * factors[$0 % factors.count] }
    return ReferenceTensor(shape: x.shape, values: y)
  }

  private func dropout(_ layer: Dropout, _ x: ReferenceTensor, _ evaluation: Int) -> ReferenceTensor {
    guard phase == .training else { return x }
    var stream = RandomStream(seed: seed, name: "\(layer.path) \(evaluation)")
    var y = [Double](repeating: .nan, count: x.values.count)
    ck_reference_dropout(y.count, Double(layer.rate), stream.next(), x.values, &y)
    return ReferenceTensor(shape: x.shape, values: y)
  }

  // MARK: - Weights

  /// The weight, divided by σ = ⟨v, W·u⟩ where it is normalized.
  private func weight(_ weight: Weight, _ parameters: ReferenceParameters) -> [Double] {
    let w = value(weight.weightPath, parameters)
    guard let (v, u) = singularVectors[weight.weightPath] else { return w }
    let sigma = zip(v, Self.product(w, u)).reduce(0) { $0 + $1.0 * $1.1 }
    return w.map { $0 / sigma }
  }

  /// v = W·u/‖W·u‖ and u′ = Wᵀ·v/‖Wᵀ·v‖ for W [count/out, out].
  private static func singularVectors(
    of weight: Weight, _ parameters: ReferenceParameters
  ) -> (left: [Double], right: [Double]) {
    func unit(_ x: [Double]) -> [Double] {
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return x.map { $0 / length }
    }
    let (w, u) = (value(weight.weightPath, parameters), value(weight.singularPath, parameters))
    let v = unit(product(w, u))
    var next = [Double](repeating: 0, count: u.count)
    for index in w.indices { next[index % u.count] += w[index] * v[index / u.count] }
    return (v, unit(next))
  }

  private static func product(_ w: [Double], _ u: [Double]) -> [Double] {
    stride(from: 0, to: w.count, by: u.count).map { start in
      u.indices.reduce(0) { $0 + w[start + $1] * u[$1] }
    }
  }

  private func value(_ path: String, _ parameters: ReferenceParameters) -> [Double] {
    Self.value(path, parameters)
  }

  private static func value(_ path: String, _ parameters: ReferenceParameters) -> [Double] {
    guard let value = parameters[path] else { preconditionFailure("There is no parameter “\(path)”.") }
    return value
  }

  private func finished(
    _ x: ReferenceTensor, _ weight: Weight, _ parameters: ReferenceParameters
  ) -> ReferenceTensor {
    activated(x, weight.activation, bias: weight.hasBias ? value(weight.biasPath, parameters) : nil)
  }

  private func activated(
    _ x: ReferenceTensor, _ activation: Activation, bias: [Double]?
  ) -> ReferenceTensor {
    let channels = x.shape.last ?? 1
    let (kind, slope): (ck_activation, Double) =
      switch activation {
      case .identity: (CK_IDENTITY, 0)
      case .relu: (CK_RELU, 0)
      case .leakyReLU(let slope): (CK_LEAKY_RELU, Double(slope))
      case .elu: (CK_ELU, 0)
      case .tanh: (CK_TANH, 0)
      case .sigmoid: (CK_SIGMOID, 0)
      case .relu6: (CK_RELU6, 0)
      }
    var y = [Double](repeating: .nan, count: x.values.count)
    ck_reference_bias_activation_forward(
      kind, slope, y.count / channels, channels, x.values, bias ?? [Double](repeating: 0, count: channels), &y
    )
    return ReferenceTensor(shape: x.shape, values: y)
  }

  private static func shape(
    _ geometry: ConvolutionGeometry, from input: [Int], to output: [Int]
  ) -> ck_convolution {
    ck_convolution(
      batch: input[0], in_height: input[1], in_width: input[2], in_channels: input[3],
      out_height: output[1], out_width: output[2], out_channels: output[3], kernel_height: geometry.kernel,
      kernel_width: geometry.kernel, stride_height: geometry.stride, stride_width: geometry.stride,
      pad_top: geometry.padding.top, pad_left: geometry.padding.left)
  }
}
