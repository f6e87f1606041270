import Foundation

/// Why an editor cannot do what it is asked for.
public enum EditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The editor was made without an encoder, which photos take.
  case encoderMissing
  /// The editor was made without a projector, which words take.
  case projectorMissing
  /// The editor has no painter, which `Rendering.paint` takes.
  case painterMissing
  /// The generator has no gradients, which refinements and texts take.
  case gradientsMissing

  public var description: String {
    switch self {
    case .encoderMissing: "The editor has no encoder, which photos take."
    case .projectorMissing: "The editor has no projector, which words take."
    case .painterMissing: "The editor has no painter; keep or reconstruct instead."
    case .gradientsMissing: "The generator has no gradients, which refinements and texts take."
    }
  }

  public var errorDescription: String? { description }
}

extension Generator {
  /// The generator with its gradients, by which codes are fitted.
  package var differentiable: any DifferentiableGenerator<Space> {
    get throws(EditingError) {
      guard let differentiable = self as? any DifferentiableGenerator<Space> else { throw .gradientsMissing }
      return differentiable
    }
  }
}
