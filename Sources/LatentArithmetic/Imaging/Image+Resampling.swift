import LatentCore

extension Image {
  /// Returns the part of the image inside `rectangle`, in its own resolution.
  ///
  /// The size is the rectangle's, rounded, and at least 1×1. Parts outside the image repeat its nearest border
  /// pixel. Transparency is laid over white.
  ///
  /// - Precondition: The rectangle's width and height are positive.
  package func cropped(to rectangle: Rectangle) -> Image {
    cropped(
      to: rectangle, width: max(1, Int(rectangle.width.rounded())),
      height: max(1, Int(rectangle.height.rounded())))
  }

  /// Returns the part of the image inside `rectangle`, resized to `width` by `height` pixels.
  ///
  /// The filter is a triangle, widened where the image shrinks (antialiased, as Pillow's `BILINEAR`). Parts outside
  /// the image repeat its nearest border pixel. Transparency is laid over white.
  ///
  /// - Precondition: All four lengths are positive.
  package func cropped(to rectangle: Rectangle, width: Int, height: Int) -> Image {
    Image(
      width: width, height: height,
      pixels: Kernels.resize(
        laidOverWhite().pixels, height: self.height, width: self.width, channels: 3,
        left: rectangle.x, top: rectangle.y, cropWidth: rectangle.width, cropHeight: rectangle.height,
        outHeight: height, outWidth: width))
  }

  /// Returns the whole image at another size, by a filter like Pillow's `BILINEAR`.
  ///
  /// The filter is a triangle, widened where the image shrinks. Transparency is laid over white.
  ///
  /// - Precondition: Both sides are positive.
  public func resized(width: Int, height: Int) -> Image {
    if width == self.width, height == self.height {
      return Image(width: width, height: height, pixels: laidOverWhite().pixels)
    }
    return cropped(to: bounds, width: width, height: height)
  }

  /// The whole image as a rectangle.
  var bounds: Rectangle { Rectangle(x: 0, y: 0, width: Double(width), height: Double(height)) }
}
