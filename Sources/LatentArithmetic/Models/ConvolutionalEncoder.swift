import Foundation
import LatentCore

/// The encoder of a model: the mirror image of its generator.
public struct ConvolutionalEncoder: Encoder {
  public let imageSize: Int
  /// How many numbers a code has.
  package let latentSize: Int
  public let framing: Framing
  public var alignment: FaceAlignment { framing.alignment }
  private let network: InferenceNetwork
  private let threads: Int

  /// Takes the encoder out of a model.
  ///
  /// - Throws: ``ModelError`` when the model has none.
  public init(
    _ model: Model, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(ModelError) {
    network = InferenceNetwork(model.network.encoder, try model.parameters(of: .encoder))
    (imageSize, latentSize) = (model.network.imageSize, model.network.latentSize)
    (framing, self.threads) = (model.framing, threads)
  }

  /// Finds the code of each crop, all in one batch.
  ///
  /// - Precondition: Each crop is ``imageSize`` pixels square.
  /// - Throws: ``ModelError/codeNotFinite(image:)``.
  public func encode(_ crops: [Image]) throws(ModelError) -> [Latent<ZSpace>] {
    guard !crops.isEmpty else { return [] }
    check(crops)
    return try codes(of: Tensor(crops)).latents()
  }

  /// The codes of a batch of faces, [batch, size, size, 3] in −1...1 → [batch, d].
  package func codes(of faces: Tensor) -> Tensor { network(faces, threads: threads) }

  /// The codes of a batch of faces on its tape.
  package func codes(of faces: Variable) -> Variable { network(faces) }
}

extension Tensor {
  /// The rows of a batch of codes; `first` is the number of the batch's first image.
  ///
  /// - Throws: ``ModelError/codeNotFinite(image:)``: the numbers of a model may be finite and still too large.
  package func latents<Space>(first: Int = 0) throws(ModelError) -> [Latent<Space>] {
    var latents: [Latent<Space>] = []
    for index in 0..<shape[0] {
      let code = row(index)
      guard code.allSatisfy(\.isFinite) else { throw .codeNotFinite(image: first + index) }
      latents.append(Latent(code))
    }
    return latents
  }
}
