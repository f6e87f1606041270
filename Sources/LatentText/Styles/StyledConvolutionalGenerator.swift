import LatentArithmetic
import LatentCore

/// A convolutional generator with one factor for each channel of its hidden layers as its style space.
///
///     let styled = generator.inStyleSpace
///     let face = face.converted(to: styled.styles(of: [face.code])[0], of: styled)
///
/// A code is the noise z, which edits leave as it is, and then the factors of each layer. Where all are 1, the image is
/// that of z. A factor of 0 removes a channel, and 2 doubles it.
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

  /// The codes whose images are those of noise.
  ///
  /// - Precondition: Each code has as many numbers as the generator's noise.
  public func styles(of codes: [Latent<ZSpace>]) -> [Latent<StyleSpace>] {
    codes.map { code in
      generator.check(code)
      return Latent(code.values + [Float](repeating: 1, count: latentSize - generator.latentSize))
    }
  }

  public func images(of codes: Variable) -> Variable {
    images(of: codes.columns(0..<generator.latentSize), on: codes.tape) { number, _ in
      codes.columns(styleLayers[number + 1].range)
    }
  }

  /// The images of noise with the channels of each layer that styles scale multiplied by factors, [batch, channels],
  /// which are asked for by the layer's number.
  private func images(
    of noise: Variable, on tape: Tape, factors: (Int, ChannelScale) -> Variable
  ) -> Variable {
    let frozen = Binding(generator.network.parameters, on: tape, isTrained: false, phase: .inference)
    var number = 0
    return layers.layers.reduce(noise) { x, layer in
      guard let scale = layer as? ChannelScale else { return layer(x, frozen) }
      defer { number += 1 }
      return x.scaledChannels(byEach: factors(number, scale))
    }
  }

  public func generate(_ codes: [Latent<StyleSpace>]) -> [Image] {
    guard !codes.isEmpty else { return [] }
    return Image.images(from: images(of: Tape(threads: generator.threads).constant(batch(of: codes))).value)
  }

  /// Refines the noise of a code, and for `Refinement.Parts.codeAndChannels` its factors with it.
  ///
  /// Each factor is the code's times a positive one, which begins at 1 and moves at the refinement's rate for channels.
  /// The generator stays as it is: the factors are part of the code.
  public func inversion(
    of image: Image, from code: Latent<StyleSpace>, by refinement: Refinement,
    report: (StepProgress) -> Void
  ) throws -> Inversion<StyleSpace> {
    check(code)
    let noise = 0..<generator.latentSize
    let scales = layers.layers.compactMap { $0 as? ChannelScale }
    let fitted = refinement.parts == .code ? [] : scales
    let start = scales.indices.map { number in
      let range = styleLayers[number + 1].range
      return Tensor(shape: [1, range.count], elements: Array(code.values[range]))
    }
    let objective = InversionObjective(
      scales: fitted, target: target(image), threads: generator.threads
    ) { noise, factors in
      images(of: noise, on: noise.tape) { number, scale in
        let factor = noise.tape.constant(start[number])
        return fitted.isEmpty ? factor : scale(factor, factors)
      }
    }
    var search = InversionSearch(
      objective, from: Array(code.values[noise]), by: refinement, threads: generator.threads)
    let best = try search.run(report: report)
    let factors = zip(scales, start).flatMap { scale, start in
      let found = fitted.isEmpty ? nil : best.point[scale.parameters[0].path]
      return found.map { zip(start.elements, $0.elements).map { $0 * $1 } } ?? start.elements
    }
    return Inversion(code: Latent(best.code + factors), generator: self)
  }

  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<StyleSpace>] {
    styles(of: generator.randomCodes(count, seed: seed))
  }

  /// Mean 0 and deviation 1 of the noise, mean 1 and deviation 0.2 of the factors, whatever the samples.
  public func statistics(samples: Int, seed: UInt64) -> StyleStatistics {
    let noise = generator.latentSize
    return StyleStatistics(
      mean: (0..<latentSize).map { $0 < noise ? 0 : 1 },
      deviation: (0..<latentSize).map { $0 < noise ? 1 : Self.deviation })
  }
}

extension ConvolutionalGenerator {
  /// The generator with its channels' factors as codes.
  public var inStyleSpace: StyledConvolutionalGenerator {
    StyledConvolutionalGenerator(self)
  }
}
