import LatentCore

/// The families of networks that tell what a face shows, and their sizes.
///
/// Two scorers of one family see alike: an edit that deceives one deceives the other. So the one that says how far a
/// word's θ = 1 goes and the one that measures what came of it are of different families.
package struct ScorerConfiguration: Sendable, Equatable, Codable {
  /// A family.
  package enum Architecture: String, Sendable, Codable, CaseIterable {
    /// Four convolutions of stride 2, as the generator has them.
    case pyramid
    /// The same with a residual block of two 3×3 convolutions at each size.
    case residual
  }

  /// The height and width of the images it sees, in pixels, whatever size those are that it judges.
  package static let imageSize = 80

  /// The family.
  package var architecture: Architecture
  /// The channels at 40×40, doubled at each halving of the size.
  package var width: Int

  /// Makes a configuration.
  package init(architecture: Architecture, width: Int) {
    (self.architecture, self.width) = (architecture, width)
  }

  /// [batch, 80, 80, 3] → [batch, outputs]; a scorer's are the logits of its attributes.
  ///
  /// - Parameters:
  ///   - outputs: How many numbers it makes of an image.
  ///   - path: What the parameters' paths begin with.
  /// - Returns: The layers.
  package func layers(outputs: Int, path: String = "scorer.") -> Sequential {
    let pyramid = DCGANNetworks(
      configuration: NetworkConfiguration(
        architecture: .dcgan, latentSize: outputs, width: width, imageSize: Self.imageSize)
    ).scorer(outputs: outputs, path: path)
    guard architecture == .residual else { return pyramid }
    return Sequential(
      pyramid.layers.flatMap { layer -> [any Layer] in
        // Behind each activation: the pyramid's first convolution has its own, the others' normalizations have it.
        switch layer {
        case let first as Convolution where first.weight.activation != .identity:
          [layer, Self.block(path, channels: first.outChannels)]
        case let normalization as BatchNorm: [layer, Self.block(path, channels: normalization.channels)]
        default: [layer]
        }
      })
  }

  private static func block(_ path: String, channels: Int) -> Residual {
    func layers(_ name: String, _ activation: Activation) -> [any Layer] {
      let path = path + "residual\(channels).\(name)"
      let weight = Weight(path: path, hasBias: false, initialization: .normal(deviation: 0.02))
      return [
        Convolution(
          weight, inChannels: channels, outChannels: channels,
          geometry: .centered(kernel: 3, stride: 1)),
        BatchNorm(path: path + ".norm", channels: channels, activation: activation),
      ]
    }
    return Residual(Sequential(layers("first", .leakyReLU(slope: 0.2)) + layers("second", .identity)))
  }
}
