import LatentCore

/// An 8-bit RGB image held in memory, with a plane of transparency where it has any.
///
/// Its values are as a PNG or JPEG file stores them, which is sRGB unless its metadata holds a color profile.
/// Nothing converts between profiles.
public struct Image: Sendable {
  /// The width in pixels, at least 1.
  public let width: Int
  /// The height in pixels, at least 1.
  public let height: Int
  /// Red, green and blue of each pixel, row by row from the top left: `width · height · 3` values.
  public let pixels: [UInt8]
  /// How opaque each pixel is, from 0 to 255: `width · height` values, or nil when every pixel is opaque.
  ///
  /// The colors in ``pixels`` are not multiplied by it.
  public let alpha: [UInt8]?
  /// What a file holds beside the pixels.
  public var metadata: Metadata

  /// Makes an image of `width` by `height` pixels from interleaved RGB values.
  ///
  /// - Parameters:
  ///   - width: In pixels.
  ///   - height: In pixels.
  ///   - pixels: `width · height · 3` values.
  ///   - alpha: `width · height` values. A plane of 255 alone becomes nil.
  ///   - metadata: What is written to files beside the pixels.
  /// - Precondition: Both sides are positive, and there are as many values as said.
  public init(
    width: Int, height: Int, pixels: [UInt8], alpha: [UInt8]? = nil, metadata: Metadata = Metadata()
  ) {
    precondition(width > 0 && height > 0, "An image cannot be \(width)×\(height) pixels.")
    precondition(
      pixels.count == width * height * 3,
      "An image of \(width)×\(height) pixels has \(width * height * 3) values, not \(pixels.count).")
    if let alpha {
      precondition(
        alpha.count == width * height,
        "An image of \(width)×\(height) pixels has \(width * height) values of alpha, not \(alpha.count).")
    }
    self.width = width
    self.height = height
    self.pixels = pixels
    self.alpha = alpha.flatMap { plane in plane.allSatisfy { $0 == 255 } ? nil : plane }
    self.metadata = metadata
  }

  /// The image with left and right exchanged, its transparency and metadata kept.
  package func mirrored() -> Image { transformed(by: .mirrored) }

  /// The image as it looks on white paper, without transparency.
  ///
  /// Each value v of a pixel with alpha a becomes (v·a + 255·(255 − a))/255, rounded. Networks, crops, resized
  /// images, sheets and JPEG files show images so. The metadata are kept.
  package func laidOverWhite() -> Image {
    guard let alpha else { return self }
    var opaque = pixels
    for (pixel, a) in alpha.enumerated() where a < 255 {
      let white = 255 * (255 - Int(a))
      for index in pixel * 3..<pixel * 3 + 3 {
        opaque[index] = UInt8((Int(opaque[index]) * Int(a) + white + 127) / 255)
      }
    }
    return Image(width: width, height: height, pixels: opaque, metadata: metadata)
  }
}

extension Image: Equatable {
  /// Whether two images have the same size, pixels and transparency; their metadata do not count.
  public static func == (a: Image, b: Image) -> Bool {
    a.width == b.width && a.height == b.height && a.pixels == b.pixels && a.alpha == b.alpha
  }
}
