import Foundation

/// Why an editor cannot do what it is asked for.
public enum EditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The editor was made without a part that the work takes: an encoder for photos, a projector for words, a generator
  /// with gradients for a refinement.
  case partMissing(Part)

  /// A part that an editor can do without.
  public enum Part: String, Sendable {
    case encoder, projector
    case gradients = "generator with gradients"
  }

  public var description: String {
    switch self {
    case .partMissing(let part):
      "The editor has no \(part.rawValue), which "
        + (part == .encoder ? "photos take." : part == .projector ? "words take." : "a refinement takes.")
    }
  }

  public var errorDescription: String? { description }
}
