/// Finds the latent codes of face crops.
///
/// The name is also the standard library's. In a file that imports this module and encodes values by hand, write
/// `Swift.Encoder` for the other one.
public protocol Encoder<Space>: Sendable {
  /// The latent space of the codes.
  associatedtype Space: LatentSpace

  /// The height and width of the images that the network takes, in pixels.
  var imageSize: Int { get }

  /// How faces were cut out of the network's training images, and are to be cut out for it.
  var alignment: FaceAlignment { get }

  /// Where in a photo the network's crop lies unless something else is said: at a face that is detected, but for encoders
  /// of other images than faces, which say so.
  var framing: Framing { get }

  /// Finds the code of each crop, all in one batch. Codes are finite.
  ///
  /// ``Image/cropped(to:size:)`` makes a crop, and ``Editor/faces(in:framed:rendering:refinement:report:)`` all that an
  /// editor needs.
  ///
  /// - Precondition: Each crop is ``imageSize`` pixels square.
  func encode(_ crops: [Image]) throws -> [Latent<Space>]
}

extension Encoder {
  public var framing: Framing { .detected(by: alignment) }

  /// Finds the code of one crop.
  ///
  /// - Precondition: The crop is ``imageSize`` pixels square.
  public func encode(_ crop: Image) throws -> Latent<Space> { try encode([crop])[0] }

  /// Makes sure that crops have the network's size.
  package func check(_ crops: [Image]) {
    for crop in crops {
      precondition(
        crop.width == imageSize && crop.height == imageSize,
        "The encoder takes crops of \(imageSize)×\(imageSize) pixels, not \(crop.width)×\(crop.height).")
    }
  }

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
