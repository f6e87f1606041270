import LatentArithmetic
import LatentCore

extension FaceRecognizer: IdentityModel {
  /// The features of whole images, [batch, height, width, 3] with −1 … 1 for black … white → [batch, 128].
  ///
  /// Smaller images are interpolated to 112×112, larger ones averaged.
  public func features(ofFaces faces: Variable) -> Variable {
    precondition(
      faces.shape.count == 4 && faces.shape[3] == 3,
      "A batch of images has the shape [count, height, width, 3], not \(faces.shape).")
    let images = faces.resampled(
      rows: Self.taps(from: faces.shape[1]), columns: Self.taps(from: faces.shape[2]))
    // ((x + 1)/2 − mean)/deviation, as a normalization of mean 2·mean − 1 and deviation 2·deviation.
    func vector(_ values: [Float]) -> Tensor { Tensor(shape: [3], elements: values) }
    let normalized = images.normalized(
      scale: faces.tape.constant(vector([1, 1, 1])), offset: faces.tape.constant(vector([0, 0, 0])),
      mean: vector(Self.mean.map { 2 * $0 - 1 }), variance: vector(Self.deviation.map { 4 * $0 * $0 }),
      epsilon: 0, activation: .identity)
    return network(normalized).unitLength()
  }

  private static func taps(from size: Int) -> ResamplingTaps {
    size < MobileFaceNet.side
      ? .bilinear(from: size, to: MobileFaceNet.side, aligningCorners: false)
      : .windowMeans(from: size, to: MobileFaceNet.side)
  }
}
