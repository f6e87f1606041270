import LatentArithmetic

extension Image {
  /// What a face recognizer is to see of a face, 112×112 pixels.
  ///
  /// - Parameters:
  ///   - frame: Where the face is.
  ///   - alignment: By what alignment to CelebA's photos.
  /// - Returns: The crop.
  package func recognizedFace(in frame: FaceFrame, by alignment: FaceAlignment) -> Image {
    cropped(to: frame.carrying(FaceAlignment.meanArcFaceFrame, by: alignment), size: MobileFaceNet.side)
  }
}
