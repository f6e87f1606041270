extension Image {
  /// Returns the square of the picture that the face models were trained on, `size` pixels wide.
  ///
  /// A picture of `size` × `size` pixels is used whole. A picture of 178×218 is taken for an aligned CelebA photo, of
  /// which the 148×148 pixels at (15, 40) hold the face. Any other picture is cut to its centre square.
  ///
  /// - Precondition: `size` is positive.
  public func faceCrop(size: Int) -> Image {
    if width == size, height == size { return self }
    if width == 178, height == 218 {
      return cropped(to: Rectangle(x: 15, y: 40, width: 148, height: 148), width: size, height: size)
    }
    let side = min(width, height)
    let square = Rectangle(
      x: Double((width - side) / 2), y: Double((height - side) / 2), width: Double(side), height: Double(side)
    )
    return cropped(to: square, width: size, height: size)
  }
}
