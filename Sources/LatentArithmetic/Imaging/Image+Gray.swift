extension Image {
  /// Whether the image is black and white: red, green and blue differ by at most 2 in at least 999 of 1000 pixels.
  ///
  /// The 2 are what JPEG files make of gray pixels, the thousandth leaves room for a colored date or stamp. A sepia
  /// photo is not gray.
  ///
  /// - Complexity: One look at each pixel of a gray image; of others the first thousandth that has color is enough.
  package var isGray: Bool {
    var colored = 0
    for pixel in stride(from: 0, to: pixels.count, by: 3) {
      let (red, green, blue) = (pixels[pixel], pixels[pixel + 1], pixels[pixel + 2])
      if max(red, green, blue) - min(red, green, blue) > 2 {
        colored += 1
        if colored * 1000 > width * height { return false }
      }
    }
    return true
  }

  /// How bright a color looks, 0.299·red + 0.587·green + 0.114·blue.
  ///
  /// Source: ITU-R BT.601, which is also what JPEG files store.
  static func luma(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    0.299 * red + 0.587 * green + 0.114 * blue
  }
}
