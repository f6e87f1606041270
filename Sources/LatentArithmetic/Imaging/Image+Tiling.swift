extension Image {
  /// Images of equal size side by side, `columns` in a row, without gaps, on white.
  ///
  /// - Precondition: There is at least one image, and all have the size of the first.
  public static func tiled(_ images: [Image], columns: Int) -> Image {
    guard let first = images.first else { preconditionFailure("There are no images to tile.") }
    let rows = (images.count + columns - 1) / columns
    let (width, height) = (first.width, first.height)
    var pixels = [UInt8](repeating: 255, count: rows * height * columns * width * 3)
    for (index, image) in images.enumerated() {
      precondition(
        image.width == width && image.height == height,
        "An image of \(image.width)×\(image.height) does not fit among images of \(width)×\(height).")
      let opaque = image.laidOverWhite().pixels
      let (row, column) = (index / columns, index % columns)
      for line in 0..<height {
        let start = ((row * height + line) * columns + column) * width * 3
        pixels.replaceSubrange(
          start..<start + width * 3, with: opaque[line * width * 3..<(line + 1) * width * 3])
      }
    }
    return Image(width: columns * width, height: rows * height, pixels: pixels)
  }
}
