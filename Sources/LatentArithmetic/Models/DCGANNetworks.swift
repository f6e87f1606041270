import LatentCore

/// DCGAN's networks: 4×4 kernels of stride 2, batch normalization except at the ends, no biases.
///
/// Source: "Unsupervised Representation Learning with Deep Convolutional GANs", Radford and others 2015.
package struct DCGANNetworks {
  private static let initialization = WeightInitialization.normal(deviation: 0.02)

  let configuration: NetworkConfiguration

  package init(configuration: NetworkConfiguration) { self.configuration = configuration }

  /// The channels from the smallest activation to half the image's size, at 5×5, 10×10, 20×20 and 40×40 say.
  private var channels: [Int] {
    (0..<configuration.doublings).reversed().map { min(8, 1 << $0) * configuration.width }
  }
  private var startShape: [Int] { [configuration.startSize, configuration.startSize, channels[0]] }
  private var startCount: Int { startShape.reduce(1, *) }

  /// [batch, latentSize] → [batch, size, size, 3] in −1...1.
  package func generator() -> Sequential {
    let path = "generator."
    var layers: [any Layer] = [
      Dense(weight(path + "input"), inputs: configuration.latentSize, outputs: startCount),
      Reshape(to: startShape),
      BatchNorm(path: path + "input.norm", channels: channels[0], activation: .relu),
    ]
    for level in 1..<channels.count {
      let block = path + "block\(level)"
      layers += [
        TransposedConvolution(
          weight(block), inChannels: channels[level - 1], outChannels: channels[level], geometry: .halving),
        BatchNorm(path: block + ".norm", channels: channels[level], activation: .relu),
      ]
    }
    layers.append(
      TransposedConvolution(
        weight(path + "output", activation: .tanh), inChannels: configuration.width, outChannels: 3,
        geometry: .halving))
    return Sequential(layers)
  }

  /// [batch, size, size, 3] → [batch, latentSize].
  package func encoder() -> Sequential {
    let size = configuration.latentSize
    var layers = pyramid(
      "encoder.", isSpectrallyNormalized: false, hasOutputBias: false, outputs: size)
    if configuration.normalizesCodes {
      layers.append(
        BatchNorm(path: "encoder.output.norm", channels: size, activation: .identity, isAffine: false))
    }
    return Sequential(layers)
  }

  /// [batch, size, size, 3] → [batch, 1], a logit.
  ///
  /// Spectral normalization takes the place of batch normalization, and biases come with it.
  func discriminator(isSpectrallyNormalized: Bool) -> Sequential {
    Sequential(
      pyramid(
        "discriminator.", isSpectrallyNormalized: isSpectrallyNormalized,
        hasOutputBias: isSpectrallyNormalized,
        outputs: 1))
  }

  /// The discriminator with a second head beside its own, which tells the attributes.
  package func attributeDiscriminator(attributes: Int) -> AttributeDiscriminator {
    let path = "discriminator."
    let layers = pyramid(path, isSpectrallyNormalized: true, hasOutputBias: true, outputs: 1)
    let weight = Weight(path: path + "attributes", hasBias: true, initialization: Self.initialization)
    return AttributeDiscriminator(
      trunk: Sequential(layers.dropLast()), score: Sequential(layers.suffix(1)),
      attributes: Dense(weight, inputs: startCount, outputs: attributes))
  }

  /// [batch, size, size, 3] → [batch, outputs].
  func scorer(outputs: Int, path: String) -> Sequential {
    Sequential(pyramid(path, isSpectrallyNormalized: false, hasOutputBias: true, outputs: outputs))
  }

  /// The generator's mirror image: from an image to `outputs` numbers.
  private func pyramid(
    _ path: String, isSpectrallyNormalized: Bool, hasOutputBias: Bool, outputs: Int
  ) -> [any Layer] {
    let leaky = Activation.leakyReLU(slope: 0.2)
    func weight(_ name: String, activation: Activation, hasBias: Bool) -> Weight {
      Weight(
        path: path + name, hasBias: hasBias, isSpectrallyNormalized: isSpectrallyNormalized,
        activation: activation, initialization: Self.initialization)
    }
    var layers: [any Layer] = [
      Convolution(
        weight("input", activation: leaky, hasBias: isSpectrallyNormalized), inChannels: 3,
        outChannels: configuration.width,
        geometry: .halving)
    ]
    let widths = Array(channels.reversed())
    for (level, (inChannels, outChannels)) in zip(widths, widths.dropFirst()).enumerated() {
      let name = "block\(level + 1)"
      layers.append(
        Convolution(
          weight(
            name, activation: isSpectrallyNormalized ? leaky : .identity, hasBias: isSpectrallyNormalized),
          inChannels: inChannels, outChannels: outChannels, geometry: .halving))
      if !isSpectrallyNormalized {
        layers.append(BatchNorm(path: path + name + ".norm", channels: outChannels, activation: leaky))
      }
    }
    layers.append(
      Dense(
        weight("output", activation: .identity, hasBias: hasOutputBias), inputs: startCount, outputs: outputs)
    )
    return layers
  }

  private func weight(_ path: String, activation: Activation = .identity) -> Weight {
    Weight(path: path, hasBias: false, activation: activation, initialization: Self.initialization)
  }
}

extension ConvolutionGeometry {
  /// 4×4 with stride 2, which halves an image; transposed, it doubles one.
  package static let halving = ConvolutionGeometry(
    kernel: 4, stride: 2, padding: Padding(top: 1, bottom: 1, left: 1, right: 1))
}
