import CKernels

/// A rectangle of whole pixels inside a picture.
package struct PixelRectangle: Sendable, Equatable {
  /// The rows above it.
  package var top: Int
  /// The columns to its left.
  package var left: Int
  /// How many rows it has, at least 1.
  package var height: Int
  /// How many columns it has, at least 1.
  package var width: Int

  /// Makes a rectangle of four numbers.
  package init(top: Int, left: Int, height: Int, width: Int) {
    (self.top, self.left, self.height, self.width) = (top, left, height, width)
  }
}

/// Resizing of 8-bit pictures by averaging.
extension Kernels {
  /// Cuts rectangles out of an interleaved picture and averages each to one size, as a batch for a network.
  ///
  /// Row i of n is the mean of the rectangle's rows ⌊i·height/n⌋ ..< ⌈(i + 1)·height/n⌉, and columns likewise; a
  /// rectangle may grow, too. The result is (mean − offset)·scale. It is PyTorch's `interpolate(mode="area")`.
  ///
  /// - Parameters:
  ///   - pixels: `height × width × channels` values.
  ///   - height: The height of the picture.
  ///   - width: The width of the picture.
  ///   - channels: The values of each pixel.
  ///   - crops: Rectangles inside the picture.
  ///   - outHeight: The height each rectangle gets.
  ///   - outWidth: The width each rectangle gets.
  ///   - rows: Which of the `outHeight` rows are computed; nil for all.
  ///   - offset: The mean that becomes 0.
  ///   - scale: What is multiplied by.
  ///   - threads: The most threads used.
  /// - Returns: A tensor of shape [crops, rows, outWidth, channels].
  package static func areaResize(
    _ pixels: [UInt8], height: Int, width: Int, channels: Int, crops: [PixelRectangle], outHeight: Int,
    outWidth: Int, rows: Range<Int>? = nil, offset: Float, scale: Float, threads: Int
  ) -> Tensor {
    precondition(
      pixels.count == height * width * channels && !pixels.isEmpty,
      "A picture of \(width)×\(height) with \(channels) channels does not have \(pixels.count) values.")
    precondition(outHeight > 0 && outWidth > 0, "A picture cannot be resized to \(outWidth)×\(outHeight).")
    let rows = rows ?? 0..<outHeight
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= outHeight,
      "A result of \(outHeight) rows does not have the rows \(rows).")
    for crop in crops {
      precondition(
        crop.top >= 0 && crop.left >= 0 && crop.height > 0 && crop.width > 0
          && crop.top + crop.height <= height && crop.left + crop.width <= width,
        "A picture of \(width)×\(height) does not contain \(crop).")
      // The kernel adds a window's pixels in 32 bits.
      precondition(
        (crop.height / outHeight + 2) * (crop.width / outWidth + 2) < 1 << 24,
        "Averaging \(crop) to \(outWidth)×\(outHeight) would add up too many pixels for each.")
    }
    let rectangles = crops.map { ck_crop(top: $0.top, left: $0.left, height: $0.height, width: $0.width) }
    return Tensor(unsafeUninitialized: [crops.count, rows.count, outWidth, channels]) { out in
      ck_area_resize(
        pixels, width, channels, rectangles.count, rectangles, outHeight, outWidth, rows.lowerBound,
        rows.count, offset, scale, out.baseAddress, Int32(threads))
    }
  }
}
