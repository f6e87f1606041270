import LatentArithmetic

extension FaceFrame {
  /// Where a face recognizer's square lies in a crop, 80×80, that was cut out by an alignment to CelebA's photos.
  package static func recognized(inCropBy alignment: FaceAlignment) -> FaceFrame {
    let (crop, frame) = (alignment.frameInAlignedCelebA, FaceAlignment.meanArcFaceFrame)
    let scale = Double(NetworkConfiguration.imageSize) / crop.right.x
    return FaceFrame(
      corner: scale * (frame.corner - crop.corner), right: scale * frame.right, down: scale * frame.down)
  }
}
