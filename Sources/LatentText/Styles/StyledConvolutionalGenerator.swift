import LatentArithmetic
import LatentCore

/// A generator of convolutions with one factor for each channel of its hidden layers as its style space.
///
/// A code is the noise z, which edits leave alone, and then the factors of each layer; where all are 1, the generator
/// draws what it draws of z. Of a channel, a factor of 0 takes everything away, and 2 doubles it.
public struct StyledConvolutionalGenerator: StyleGenerator {
  public let latentSize: Int
  public let styleLayers: [StyleLayer]
  public var imageSize: Int { generator.imageSize }
  private let generator: ConvolutionalGenerator
  private let layers: Sequential

  /// σ of a factor.
  ///
  /// Unlike StyleGAN2's, factors are 1 in all images, so the scale is a choice: a channel's relevance is looked at from
  /// nothing, 1 − 5σ, to the double, 1 + 5σ.
  private static let deviation: Float = 0.2

  init(_ generator: ConvolutionalGenerator) {
    self.generator = generator
    layers = generator.network.layers.scalingHiddenChannels()
    var styleLayers = [StyleLayer(name: "noise", range: 0..<generator.latentSize, isEdited: false)]
    var end = generator.latentSize
    for case let scale as ChannelScale in layers.layers {
      styleLayers.append(StyleLayer(name: scale.path, range: end..<end + scale.channels, isEdited: true))
      end += scale.channels
    }
    (self.styleLayers, latentSize) = (styleLayers, end)
  }

  /// The code of what the generator draws of noise.
  public func style(of code: Latent<ZSpace>) -> Latent<StyleSpace> {
    Latent(code.values + [Float](repeating: 1, count: latentSize - generator.latentSize))
  }

  public func images(of codes: Variable) -> Variable {
    let frozen = Binding(generator.network.parameters, on: codes.tape, isTrained: false, phase: .inference)
    var factors = styleLayers.dropFirst().makeIterator()
    return layers.layers.reduce(codes.columns(0..<generator.latentSize)) { x, layer in
      guard layer is ChannelScale, let factor = factors.next() else { return layer(x, frozen) }
      return x.scaledChannels(byEach: codes.columns(factor.range))
    }
  }

  public func generate(_ codes: [Latent<StyleSpace>]) -> [Image] {
    guard !codes.isEmpty else { return [] }
    for code in codes {
      precondition(
        code.values.count == latentSize && code.values.allSatisfy(\.isFinite),
        "The generator takes codes of \(latentSize) finite numbers.")
    }
    let batch = Tensor(shape: [codes.count, latentSize], elements: codes.flatMap(\.values))
    return Image.images(from: images(of: Tape(threads: generator.threads).constant(batch)).value)
  }

  /// Refines all numbers of a code, the channels' factors among them: there is nothing besides to be fitted.
  public func inversion(
    of face: Image, from code: Latent<StyleSpace>, by refinement: Refinement
  ) throws -> Inversion<StyleSpace> {
    precondition(refinement.steps > 0, "A refinement makes at least one step, not \(refinement.steps).")
    let target = Tensor(face.faceCrop(size: imageSize))
    let objective = InversionObjective(scales: [], target: target, threads: generator.threads) { code, _ in
      images(of: code)
    }
    var search = InversionSearch(objective, from: code.values, by: refinement, threads: generator.threads)
    let best = try search.run()
    return Inversion(
      code: Latent(best[InversionObjective.codePath]?.elements ?? code.values), generator: self)
  }

  public func randomStyles(_ count: Int, seed: UInt64) -> [Latent<StyleSpace>] {
    generator.randomCodes(count, seed: seed).map(style(of:))
  }

  public func statistics(samples: Int, seed: UInt64) -> StyleStatistics {
    let noise = generator.latentSize
    return StyleStatistics(
      mean: style(of: Latent([Float](repeating: 0, count: noise))).values,
      deviation: (0..<latentSize).map { $0 < noise ? 1 : Self.deviation })
  }
}

extension ConvolutionalGenerator {
  /// The generator with its channels' factors as codes.
  public var inStyleSpace: StyledConvolutionalGenerator {
    StyledConvolutionalGenerator(self)
  }
}
