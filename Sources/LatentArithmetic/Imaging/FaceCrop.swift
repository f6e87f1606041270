extension Image {
  /// Returns the square of the image that the face models were trained on, `size` pixels wide.
  ///
  /// That is ``FaceFrame/aligned(in:)``, and of any image but an aligned one the center square. It has no transparency
  /// and no metadata.
  ///
  /// - Precondition: `size` is positive.
  public func faceCrop(size: Int) -> Image {
    cropped(to: FaceFrame.aligned(in: self) ?? .centerSquare(of: self), size: size)
  }
}
