import LatentCore

/// The two families of networks, and the sizes that tell one network of a family from another.
///
/// Everything that the shapes of a model's parameters follow from is here; it travels in the model file.
public struct NetworkConfiguration: Sendable, Equatable, Codable {
  /// A family of generator, discriminator and encoder.
  public enum Architecture: String, Sendable, Codable, CaseIterable {
    /// The networks of "Latent Space Arithmetic with Images and Texts": constant width, no normalization.
    case paper
    /// DCGAN's: the width halves as the image doubles, batch normalization.
    case dcgan
  }

  /// The family.
  public var architecture: Architecture
  /// How many numbers a latent code has.
  public var latentSize: Int
  /// The channels at half the image's size; `paper` keeps them throughout, `dcgan` doubles them at each halving of the size, up
  /// to eight times.
  public var width: Int
  /// The height and width of an image in pixels, one of ``imageSizes``.
  public var imageSize: Int
  /// Whether the encoder ends in batch normalization, so that its codes are centered and as wide in each dimension as
  /// the generator's noise (`dcgan` only).
  package var normalizesCodes: Bool

  /// Makes a configuration.
  ///
  /// - Precondition: The image's size is one of ``imageSizes``.
  public init(
    architecture: Architecture, latentSize: Int, width: Int, imageSize: Int = 80,
    normalizesCodes: Bool = false
  ) {
    precondition(
      Self.imageSizes.contains(imageSize), "Images are of \(Self.imageSizes) pixels, not of \(imageSize).")
    (self.architecture, self.latentSize, self.width) = (architecture, latentSize, width)
    (self.imageSize, self.normalizesCodes) = (imageSize, normalizesCodes)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try values.decode(Architecture.self, forKey: .architecture)
    latentSize = try values.decode(Int.self, forKey: .latentSize)
    width = try values.decode(Int.self, forKey: .width)
    // Models of before there was a choice do not say.
    normalizesCodes = try values.decodeIfPresent(Bool.self, forKey: .normalizesCodes) ?? false
    imageSize = try values.decodeIfPresent(Int.self, forKey: .imageSize) ?? Self.usualSize
  }

  public func encode(to encoder: any Swift.Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(architecture, forKey: .architecture)
    try values.encode(latentSize, forKey: .latentSize)
    try values.encode(width, forKey: .width)
    try values.encode(normalizesCodes, forKey: .normalizesCodes)
    // So that checkpoints of before there was a choice can be continued.
    if imageSize != Self.usualSize { try values.encode(imageSize, forKey: .imageSize) }
  }

  private enum CodingKeys: String, CodingKey {
    case architecture, latentSize, width, normalizesCodes, imageSize
  }

  /// The paper's networks: z 200, width 128.
  package static let paper = NetworkConfiguration(architecture: .paper, latentSize: 200, width: 128)
  /// DCGAN's networks: z 100, width 64.
  package static let dcgan = NetworkConfiguration(architecture: .dcgan, latentSize: 100, width: 64)

  /// Whether the sizes are ones a network can have; a file may hold any numbers.
  var isSensible: Bool {
    (1...1 << 16).contains(latentSize) && (1...1 << 12).contains(width) && Self.imageSizes.contains(imageSize)
  }

  /// The heights and widths of images that networks can have.
  public static let imageSizes = [64, 80, 128, 160]
  /// The paper's, which is meant where no size is said.
  package static let usualSize = 80
  /// The height and width of the smallest activation.
  var startSize: Int { imageSize % 5 == 0 ? 5 : 4 }
  /// How often the size doubles from the smallest activation to the image.
  var doublings: Int { (imageSize / startSize).trailingZeroBitCount }

  /// [batch, latentSize] → [batch, size, size, 3] in −1...1; parameters under `generator.`.
  package var generator: Sequential {
    switch architecture {
    case .paper: PaperNetworks(configuration: self).generator()
    case .dcgan: DCGANNetworks(configuration: self).generator()
    }
  }

  /// [batch, size, size, 3] → [batch, latentSize]; parameters under `encoder.`.
  package var encoder: Sequential {
    switch architecture {
    case .paper: PaperNetworks(configuration: self).encoder()
    case .dcgan: DCGANNetworks(configuration: self).encoder()
    }
  }

  /// [batch, size, size, 3] → [batch, 1], a logit; parameters under `discriminator.`.
  ///
  /// Spectral normalization is for `dcgan`, where it takes the place of batch normalization.
  package func discriminator(isSpectrallyNormalized: Bool) -> Sequential {
    switch architecture {
    case .paper: PaperNetworks(configuration: self).discriminator()
    case .dcgan:
      DCGANNetworks(configuration: self).discriminator(isSpectrallyNormalized: isSpectrallyNormalized)
    }
  }
}
