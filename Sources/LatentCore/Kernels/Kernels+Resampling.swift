import CKernels

/// Resizing of 8-bit pictures.
extension Kernels {
  /// Cuts a rectangle out of an interleaved picture and resizes it.
  ///
  /// The filter is a triangle, widened where the picture shrinks. Parts of the rectangle outside the picture repeat
  /// its nearest border pixel.
  ///
  /// - Parameters:
  ///   - pixels: `height × width × channels` values.
  ///   - height: The height of the picture.
  ///   - width: The width of the picture.
  ///   - channels: The values of each pixel.
  ///   - left: The left edge of the rectangle, in pixels.
  ///   - top: The top edge of the rectangle.
  ///   - cropWidth: The width of the rectangle.
  ///   - cropHeight: The height of the rectangle.
  ///   - outHeight: The height of the result.
  ///   - outWidth: The width of the result.
  /// - Returns: `outHeight × outWidth × channels` values, rounded to the nearest integer.
  package static func resize(
    _ pixels: [UInt8], height: Int, width: Int, channels: Int,
    left: Double, top: Double, cropWidth: Double, cropHeight: Double,
    outHeight: Int, outWidth: Int
  ) -> [UInt8] {
    precondition(
      pixels.count == height * width * channels && !pixels.isEmpty,
      "A picture of \(width)×\(height) with \(channels) channels does not have \(pixels.count) values.")
    precondition(
      cropWidth > 0 && cropHeight > 0 && left.isFinite && top.isFinite && cropWidth.isFinite
        && cropHeight.isFinite,
      "A rectangle of \(cropWidth)×\(cropHeight) at (\(left), \(top)) cannot be cut out.")
    precondition(
      outHeight > 0 && outWidth > 0, "A picture cannot be resized to \(outWidth)×\(outHeight).")
    return [UInt8](unsafeUninitializedCapacity: outHeight * outWidth * channels) { out, count in
      count = outHeight * outWidth * channels
      ck_resize(
        pixels, height, width, channels, top, left, cropHeight, cropWidth, outHeight, outWidth,
        out.baseAddress)
    }
  }
}
