import LatentCore

/// What a painter is trained against: a verdict on the whole image, one on each part of it, and the attributes.
///
/// Five convolutions of stride 2 on 160×160 images, spectrally normalized as the two verdicts are; the attributes' head
/// is not, since its logits must reach the certainty that labels have.
package struct PainterDiscriminator: Sendable {
  /// Logits of a batch: [batch, 1], [batch, 10, 10, 1] and [batch, attributes].
  package struct Output {
    package let whole: Variable
    package let parts: Variable
    package let attributes: Variable
  }

  private let toParts: Sequential
  private let toWhole: Sequential
  private let parts: Convolution
  private let whole: Dense
  private let attributes: Dense

  package init(width w: Int, attributes count: Int) {
    let widths = [w, 2 * w, 4 * w, 8 * w, 8 * w]
    let layers = zip([3] + widths, widths).enumerated().map { level, channels -> any Layer in
      Convolution(
        Self.weight("block\(level)", isNormalized: true, .leakyReLU(slope: 0.2)), inChannels: channels.0,
        outChannels: channels.1, geometry: .halving)
    }
    (toParts, toWhole) = (Sequential(Array(layers.prefix(4))), Sequential(Array(layers.suffix(1))))
    parts = Convolution(
      Self.weight("parts", isNormalized: true), inChannels: 8 * w, outChannels: 1,
      geometry: .centered(kernel: 3, stride: 1))
    let size = 25 * 8 * w
    whole = Dense(Self.weight("whole", isNormalized: true), inputs: size, outputs: 1)
    attributes = Dense(Self.weight("attributes", isNormalized: false), inputs: size, outputs: count)
  }

  package var parameters: [ParameterSpecification] {
    toParts.parameters + toWhole.parameters + parts.parameters + whole.parameters + attributes.parameters
  }

  package func callAsFunction(_ images: Variable, _ binding: Binding) -> Output {
    let places = toParts(images, binding)
    let features = toWhole(places, binding)
    return Output(
      whole: whole(features, binding), parts: parts(places, binding),
      attributes: attributes(features, binding))
  }

  private static func weight(
    _ name: String, isNormalized: Bool, _ activation: Activation = .identity
  ) -> Weight {
    Weight(
      path: "discriminator." + name, hasBias: true, isSpectrallyNormalized: isNormalized,
      activation: activation, initialization: .normal(deviation: 0.02))
  }
}
