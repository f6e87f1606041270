import LatentArithmetic

extension FaceFrame {
  /// What trainings see of an image of a data set.
  ///
  /// That is the face of one of CelebA's aligned photos, which are told by their 178×218 pixels, and of any other image
  /// the center square.
  public static func trained(in image: Image) -> FaceFrame {
    (image.width, image.height) == (178, 218) ? .alignedCelebA : .centerSquare(of: image)
  }
}

extension Image {
  /// The part of the image that trainings see, `size` pixels square.
  package func trainingCrop(size: Int) -> Image { cropped(to: .trained(in: self), size: size) }
}
