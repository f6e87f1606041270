import LatentArithmetic
import LatentCore

/// Measures whether two images show one person, differentiably: what keeps an edit from changing who is shown.
public protocol IdentityModel: Sendable {
  /// The features of faces, [batch, height, width, 3] with −1 … 1 for black … white → [batch, numbers].
  ///
  /// Each has unit length; the inner product of two is the likeness. Recorded on the faces' tape; the weights are
  /// constants there.
  func features(ofFaces faces: Variable) -> Variable
}
