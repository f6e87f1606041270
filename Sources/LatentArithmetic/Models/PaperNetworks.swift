import LatentCore

/// The networks of "Latent Space Arithmetic with Images and Texts" as its authors coded them.
///
/// One width throughout, leaky ReLU 0.2, biases, no normalization, Keras's `same` padding and Glorot's initialization.
struct PaperNetworks {
  private static let leaky = Activation.leakyReLU(slope: 0.2)
  private static let dropoutRate: Float = 0.4

  let configuration: NetworkConfiguration

  private var width: Int { configuration.width }
  private var startShape: [Int] { [configuration.startSize, configuration.startSize, width] }
  private var startCount: Int { startShape.reduce(1, *) }

  /// [batch, latentSize] → [batch, size, size, 3] in −1...1.
  func generator() -> Sequential {
    let path = "generator."
    let blocks = (1...configuration.doublings).map { level in
      TransposedConvolution(
        weight(path + "block\(level)"), inChannels: width, outChannels: width, geometry: .halving)
    }
    let head: [any Layer] = [
      Dense(weight(path + "input"), inputs: configuration.latentSize, outputs: startCount),
      Reshape(to: startShape),
    ]
    let output = Convolution(
      weight(path + "output", activation: .tanh), inChannels: width, outChannels: 3,
      geometry: .same(kernel: 5, stride: 1, size: configuration.imageSize))
    return Sequential(head + blocks + [output])
  }

  /// [batch, size, size, 3] → [batch, latentSize], with 4×4 kernels.
  func encoder() -> Sequential {
    let output = Dense(
      weight("encoder.output", activation: .identity), inputs: startCount, outputs: configuration.latentSize)
    return Sequential(pyramid("encoder.", kernel: 4) + [output])
  }

  /// [batch, size, size, 3] → [batch, 1], a logit, with 5×5 kernels and dropout.
  func discriminator() -> Sequential {
    let path = "discriminator."
    let head: [any Layer] = [
      Dropout(path: path + "dropout", rate: Self.dropoutRate),
      Dense(weight(path + "output", activation: .identity), inputs: startCount, outputs: 1),
    ]
    return Sequential(pyramid(path, kernel: 5) + head)
  }

  /// One convolution at the image's size, then those that halve it.
  private func pyramid(_ path: String, kernel: Int) -> [any Layer] {
    (0...configuration.doublings).map { level in
      Convolution(
        weight(path + (level == 0 ? "input" : "block\(level)")), inChannels: level == 0 ? 3 : width,
        outChannels: width,
        geometry: .same(
          kernel: kernel, stride: level == 0 ? 1 : 2, size: configuration.imageSize))
    }
  }

  private func weight(_ path: String, activation: Activation = PaperNetworks.leaky) -> Weight {
    Weight(path: path, hasBias: true, activation: activation, initialization: .glorotUniform)
  }
}
