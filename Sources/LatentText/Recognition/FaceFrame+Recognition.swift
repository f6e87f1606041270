import LatentArithmetic

extension FaceFrame {
  /// Where a face recognizer's square lies in a crop of an aligned CelebA photo, 80×80.
  package static let recognizedInFaceCrop: FaceFrame = {
    let scale = Double(NetworkConfiguration.imageSize) / alignedCelebA.right.x
    func scaled(_ point: Point) -> Point { scale * point }
    let frame = FaceAlignment.meanArcFaceFrame
    return FaceFrame(
      corner: scaled(frame.corner - alignedCelebA.corner), right: scaled(frame.right),
      down: scaled(frame.down))
  }()
}
