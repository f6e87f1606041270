extension Image {
  /// Returns the square of the picture that the face models were trained on, `size` pixels wide.
  ///
  /// That is ``FaceFrame/aligned(in:)``, and of any picture but an aligned one the centre square. It has no transparency
  /// and no metadata.
  ///
  /// - Precondition: `size` is positive.
  public func faceCrop(size: Int) -> Image {
    cropped(to: FaceFrame.aligned(in: self) ?? .centreSquare(of: self), size: size)
  }
}
