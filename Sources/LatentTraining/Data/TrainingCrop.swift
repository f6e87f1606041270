import LatentArithmetic

extension FaceFrame {
  /// What trainings see of an image of a data set.
  ///
  /// That is the face of one of CelebA's aligned photos, which are told by their 178×218 pixels, and of any other image
  /// the center square.
  public static func trained(in image: Image, by alignment: FaceAlignment) -> FaceFrame {
    image.isAlignedCelebA ? alignment.frameInAlignedCelebA : .centerSquare(of: image)
  }

  /// The part of the frame that a rectangle within 0...1 stands for.
  func part(_ rectangle: Rectangle) -> FaceFrame {
    FaceFrame(
      corner: corner + rectangle.x * right + rectangle.y * down, right: rectangle.width * right,
      down: rectangle.height * down)
  }
}

extension Image {
  /// The part of the image that trainings see, `size` pixels square.
  package func trainingCrop(_ alignment: FaceAlignment, size: Int) -> Image {
    cropped(to: .trained(in: self, by: alignment), size: size)
  }
}
