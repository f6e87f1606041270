import LatentArithmetic

extension Image {
  /// What a face recognizer is to see of a face, 112×112 pixels.
  ///
  /// - Parameters:
  ///   - frame: Where the face is.
  ///   - alignment: By what alignment to CelebA's photos.
  /// - Returns: The crop.
  package func recognizedFace(in frame: FaceFrame, by alignment: FaceAlignment) -> Image {
    cropped(to: frame.recognized(by: alignment), size: MobileFaceNet.side)
  }
}

extension FaceFrame {
  /// Where a face recognizer's square lies in the image, this frame being a face's by an alignment to CelebA's photos.
  func recognized(by alignment: FaceAlignment) -> FaceFrame {
    let (crop, square) = (alignment.frameInAlignedCelebA, FaceAlignment.meanArcFaceFrame)
    func point(_ point: Point) -> Point { imagePoint(crop.cropPoint(point)) }
    let corner = point(square.corner)
    return FaceFrame(
      corner: corner, right: point(square.corner + square.right) - corner,
      down: point(square.corner + square.down) - corner)
  }
}
