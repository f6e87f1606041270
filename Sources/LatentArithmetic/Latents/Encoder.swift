import LatentCore

/// Finds the latent codes of images.
///
/// The name is also the standard library's. In a file that imports this module and encodes values by hand, write
/// `Swift.Encoder` for the other one.
public protocol Encoder<Space>: Sendable {
  /// The latent space of the codes.
  associatedtype Space: LatentSpace

  /// The height and width of the images that the network takes, in pixels.
  var imageSize: Int { get }

  /// How faces were cut out of the network's training images.
  var alignment: FaceAlignment { get }

  /// Finds the code of the face in each image, all in one batch.
  ///
  /// An image of the network's size is used whole; of any other the face is cut out first. Codes are finite.
  func encode(_ images: [Image]) throws -> [Latent<Space>]
}

extension Encoder {
  /// CelebA's, unless an encoder says otherwise.
  public var alignment: FaceAlignment { .celeba }

  /// Finds the code of the face in one image.
  public func encode(_ image: Image) throws -> Latent<Space> { try encode([image])[0] }

  /// Not part of this protocol.
  @available(
    *, unavailable, message: "This is LatentArithmetic's Encoder; write Swift.Encoder to encode values."
  )
  public func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    preconditionFailure("A call of an unavailable function does not compile.")
  }

  /// Not part of this protocol.
  @available(
    *, unavailable, message: "This is LatentArithmetic's Encoder; write Swift.Encoder to encode values."
  )
  public func unkeyedContainer() -> any UnkeyedEncodingContainer {
    preconditionFailure("A call of an unavailable function does not compile.")
  }

  /// Not part of this protocol.
  @available(
    *, unavailable, message: "This is LatentArithmetic's Encoder; write Swift.Encoder to encode values."
  )
  public func singleValueContainer() -> any SingleValueEncodingContainer {
    preconditionFailure("A call of an unavailable function does not compile.")
  }
}

/// The encoder of a model: the mirror image of its generator.
public struct ConvolutionalEncoder: Encoder {
  public var imageSize: Int { NetworkConfiguration.imageSize }
  private let network: InferenceNetwork
  private let threads: Int

  /// Takes the encoder out of a model.
  ///
  /// - Throws: ``ModelError`` when the model has none.
  public init(_ model: Model, threads: Int) throws(ModelError) {
    network = InferenceNetwork(model.network.encoder, try model.parameters(of: .encoder))
    self.threads = threads
  }

  /// Finds the code of the face in each image, all in one batch.
  ///
  /// - Throws: ``ModelError/codeNotFinite(image:)``.
  public func encode(_ images: [Image]) throws -> [Latent<ZSpace>] {
    guard !images.isEmpty else { return [] }
    let faces = images.map { $0.faceCrop(size: imageSize) }
    let codes = codes(of: Tensor(faces))
    return try faces.indices.map { image in
      let code = codes.row(image)
      // The numbers of a model may be finite and still too large.
      guard code.allSatisfy(\.isFinite) else { throw ModelError.codeNotFinite(image: image) }
      return Latent(code)
    }
  }

  /// The codes of a batch of faces, [batch, 80, 80, 3] in −1...1 → [batch, d].
  package func codes(of faces: Tensor) -> Tensor { network(faces, threads: threads) }
}
