import Foundation
import LatentArithmetic
import LatentCore

/// Where the noise comes from that StyleGAN2 adds after each convolution; it decides strands of hair, not the face.
public enum StyleGAN2Noise: Sendable, Equatable {
  /// The checkpoint's own; of one that has none that of seed 0.
  case stored
  /// Random numbers of a seed, the same for all images.
  case seeded(UInt64)
  /// None: smooth images.
  case none
}

/// Generates images by StyleGAN2 from codes of one of its spaces: `ZSpace`, ``WSpace``, ``WPlusSpace`` or
/// ``StyleSpace``.
///
///     let generator = try StyleGAN2Generator<WPlusSpace>(contentsOf: url)
///     let editor = Editor(generator: generator, encoder: try E4EEncoder(contentsOf: encoderURL))
///     let styled = generator.in(StyleSpace.self)
///     let images = styled.generate(generator.styles(of: codes))
///
/// A code of ``WPlusSpace`` is its vectors, one after the other; one of ``StyleSpace`` the numbers of all layers in the
/// order of ``styleLayers``. The generators of the four spaces share one network, which is never trained here.
///
/// Source: "Analyzing and Improving the Image Quality of StyleGAN", Karras and others 2020.
public struct StyleGAN2Generator<Space: StyleGAN2Space>: DifferentiableGenerator {
  let network: StyleGAN2Network
  let truncation: StyleGAN2Truncation?
  /// What the styles are multiplied by, at the paths of ``styleScales``: a refined generator's; empty for the others.
  let factors: Parameters
  let threads: Int

  /// Opens a checkpoint of any size, width and number of mapping layers, in any format that `TensorFile` reads.
  ///
  /// The names are those of rosinality/stylegan2-pytorch, which most published checkpoints have; the generator may be
  /// below a key, and of several the average, `g_ema`, is taken.
  ///
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is not the network's.
  public init(
    contentsOf url: URL, noise: StyleGAN2Noise = .stored,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let checkpoint = try StyleGAN2Checkpoint(TensorFile(contentsOf: url), readsNoise: noise == .stored)
    self.init(StyleGAN2Network(checkpoint, noise: noise), nil, factors: Parameters(), threads: threads)
  }

  init(
    _ network: StyleGAN2Network, _ truncation: StyleGAN2Truncation?, factors: Parameters, threads: Int
  ) {
    (self.network, self.truncation, self.factors, self.threads) = (network, truncation, factors, threads)
  }

  /// The same generator for codes of another space.
  public func `in`<Other>(_ space: Other.Type) -> StyleGAN2Generator<Other> {
    StyleGAN2Generator<Other>(network, truncation, factors: factors, threads: threads)
  }

  static var stage: StyleGAN2Stage { StyleGAN2Stage(of: Space.self) }

  /// The height and width of the images in pixels.
  public var imageSize: Int { network.imageSize }

  /// How many vectors a code of ``WPlusSpace`` has.
  public var styleCount: Int { network.rows }

  /// The layers that styles modulate, in the order in which an image passes them.
  public var styleLayers: [StyleLayer] { network.styleLayers }

  public var latentSize: Int {
    switch Self.stage {
    case .noise: network.noiseSize
    case .mapped: network.styleSize
    case .layered: network.styleSize * network.rows
    case .styles: network.styleLayers.last?.range.upperBound ?? 0
    }
  }

  /// Of codes of ``StyleSpace`` the factors of channels, not those of colors; elsewhere all numbers.
  public var editedRanges: [Range<Int>] {
    Self.stage == .styles
      ? styleLayers.filter(\.isEdited).map(\.range) : [0..<latentSize]
  }

  public func generate(_ codes: [Latent<Space>]) -> [Image] {
    // As many images at a time as four of 256 pixels: more would only take memory.
    let most = max((4 << 16) / (imageSize * imageSize), 1)
    return stride(from: 0, to: codes.count, by: most).flatMap { start in
      Image.images(from: images(of: constant(Array(codes[start..<min(start + most, codes.count)]))).value)
    }
  }

  public func images(of codes: Variable) -> Variable {
    let styles = styleVariables(of: codes)
    guard !factors.paths.isEmpty else { return network.images(ofStyles: styles) }
    let frozen = Binding(factors, on: codes.tape, isTrained: false, phase: .inference)
    return network.images(ofStyles: zip(styleScales, styles).map { scale, style in scale(style, frozen) })
  }

  /// A factor for each number of the styles.
  var styleScales: [ChannelScale] {
    network.styleLayers.map { ChannelScale(path: "\($0.name).style", channels: $0.range.count) }
  }

  /// The style of each layer as a variable, [batch, channels], from codes, [batch, latentSize].
  func styleVariables(of codes: Variable) -> [Variable] {
    precondition(
      codes.shape.count == 2 && codes.shape[1] == latentSize,
      "The generator takes codes of \(latentSize) numbers, not shape \(codes.shape).")
    let size = network.styleSize
    switch Self.stage {
    case .noise: return network.styles(ofRows: rows(of: network.mapped(codes)))
    case .mapped: return network.styles(ofRows: [Variable](repeating: codes, count: network.rows))
    case .layered:
      return network.styles(
        ofRows: (0..<network.rows).map { codes.columns($0 * size..<($0 + 1) * size) })
    case .styles: return network.styleLayers.map { codes.columns($0.range) }
    }
  }

  /// w for each row of W⁺, moved toward the mean where this generator truncates.
  func rows(of w: Variable) -> [Variable] {
    (0..<network.rows).map { row in
      guard let truncation, row < truncation.rows else { return w }
      return w.scaled(by: truncation.factor)
        .activated(by: .identity, bias: w.tape.constant(truncation.offset))
    }
  }

  /// Codes as constants of a tape of their own, [codes, numbers].
  ///
  /// - Precondition: There is at least one; all have as many finite numbers as the space has dimensions.
  func constant<Other>(_ codes: [Latent<Other>]) -> Variable where Other: StyleGAN2Space {
    Tape(threads: threads).constant(self.in(Other.self).batch(of: codes))
  }
}
