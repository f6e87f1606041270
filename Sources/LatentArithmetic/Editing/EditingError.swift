import Foundation

/// Why an editor cannot do what it is asked for.
public enum EditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The editor was made without a part that the work takes: an encoder for photos, a projector for words, a generator
  /// with gradients for a refinement or an optimization.
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
        + (part == .encoder ? "photos take." : part == .projector ? "words take." : "fitting a code takes.")
    }
  }

  public var errorDescription: String? { description }
}

extension Generator {
  /// The generator with its gradients, by which codes are fitted.
  package var differentiable: any DifferentiableGenerator<Space> {
    get throws(EditingError) {
      guard let differentiable = self as? any DifferentiableGenerator<Space> else {
        throw .partMissing(.gradients)
      }
      return differentiable
    }
  }
}
