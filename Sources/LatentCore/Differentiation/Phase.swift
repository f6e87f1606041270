/// Whether a network is being trained or used.
///
/// The phase decides what batch normalization and dropout do. It is apart from recording: an encoder in training is
/// differentiated through a generator in inference.
public enum Phase: Sendable {
  /// Batch statistics, running statistics updated, dropout on.
  case training
  /// Running statistics, dropout off.
  case inference
}
