import Foundation
import LatentCore

/// An image's code, and the generator that draws it.
///
/// That of a face as the encoder found it is the generator the code is for; that of a refined one may be the image's
/// own. Directions are added to the code either way.
public struct Inversion<Space: LatentSpace>: Sendable {
  /// The code of the image.
  public let code: Latent<Space>
  /// Draws the image, and its edits, from codes.
  public let generator: any Generator<Space>

  /// Makes an inversion of its two parts.
  public init(code: Latent<Space>, generator: any Generator<Space>) {
    (self.code, self.generator) = (code, generator)
  }
}

/// How the code that an encoder found for an image is refined until the generator draws the image better.
///
///     let faces = try editor.faces(in: photo, refinement: Refinement(steps: 200))
///
/// The mean squared difference of drawing and image is made smaller by Adam, whose rates fall to zero along half a
/// cosine. The result is the best point met, so it never draws the image worse than the encoder's code does.
public struct Refinement: Sendable, Hashable {
  /// What is fitted to the image.
  public enum Parts: String, Sendable, CaseIterable {
    /// The code; the generator stays as it is.
    case code
    /// The code, and one positive factor for each channel of the generator's hidden layers.
    ///
    /// The factors belong to the image: they make a generator of its own, which draws what no code of the first
    /// one does.
    case codeAndChannels
  }

  /// How many steps are made, at least 1; each costs little more than drawing the image twice.
  public var steps: Int
  /// What is fitted.
  public var parts: Parts
  /// Adam's first rate for the code, in deviations of the generator's noise.
  package var codeRate: Float
  /// Adam's first rate for the logarithms of the factors.
  package var channelRate: Float

  /// Describes a refinement.
  public init(
    steps: Int, parts: Parts = .codeAndChannels, codeRate: Float = 0.03, channelRate: Float = 0.05
  ) {
    (self.steps, self.parts, self.codeRate, self.channelRate) = (steps, parts, codeRate, channelRate)
  }
}

/// Why a code cannot be refined.
public enum RefinementError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The loss, or the point it was to be taken at, is not finite after so many steps.
  case diverged(step: Int, steps: Int)

  public var description: String {
    switch self {
    case .diverged(let step, let steps):
      "The refinement's loss is not finite after step \(step) of \(steps); lower its rates."
    }
  }

  public var errorDescription: String? { description }
}
