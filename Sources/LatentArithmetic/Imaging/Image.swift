/// An 8-bit RGB picture held in memory.
///
/// Its values are as a PNG or JPEG file stores them (sRGB). A picture never changes after it is made.
public struct Image: Sendable, Equatable {
  /// The width in pixels, at least 1.
  public let width: Int
  /// The height in pixels, at least 1.
  public let height: Int
  /// Red, green and blue of each pixel, row by row from the top left: `width · height · 3` values.
  public let pixels: [UInt8]

  /// Makes a picture of `width` by `height` pixels from interleaved RGB values.
  ///
  /// - Precondition: Both sides are positive and there are `width · height · 3` values.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "A picture cannot be \(width)×\(height) pixels.")
    precondition(
      pixels.count == width * height * 3,
      "A picture of \(width)×\(height) pixels has \(width * height * 3) values, not \(pixels.count).")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture with left and right exchanged.
  public func mirrored() -> Image { transformed(by: .mirrored) }
}

/// A rectangle in pixels of a picture, from the picture's top left corner.
///
/// Coordinates are of edges, not of pixel centres: the first pixel reaches from 0 to 1.
public struct Rectangle: Sendable, Hashable {
  /// The left edge.
  public var x: Double
  /// The top edge.
  public var y: Double
  /// How far it reaches to the right.
  public var width: Double
  /// How far it reaches down.
  public var height: Double

  /// Makes the rectangle with its top left corner at (`x`, `y`).
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
