import LatentArithmetic
import LatentCore

/// The space W of StyleGAN's mapped noise: one vector that decides all styles of an image.
public enum WSpace: LatentSpace {}

/// The space W⁺, a vector of W for each of StyleGAN's style layers, one after the other: what encoders of photos find.
public enum WPlusSpace: LatentSpace {}

/// A latent space of ``StyleGAN2Generator``: `ZSpace`, ``WSpace``, ``WPlusSpace`` or ``StyleSpace``, and no other.
public protocol StyleGAN2Space: LatentSpace {}

extension ZSpace: StyleGAN2Space {}
extension WSpace: StyleGAN2Space {}
extension WPlusSpace: StyleGAN2Space {}
extension StyleSpace: StyleGAN2Space {}

/// Where a space is on the way from StyleGAN2's noise to the styles of its layers, each computed from the one before.
enum StyleGAN2Stage {
  /// The noise z.
  case noise
  /// The mapped noise w.
  case mapped
  /// A vector w for each row of styles.
  case layered
  /// The styles themselves.
  case styles

  init(of space: any StyleGAN2Space.Type) {
    switch space {
    case is ZSpace.Type: self = .noise
    case is WSpace.Type: self = .mapped
    case is WPlusSpace.Type: self = .layered
    case is StyleSpace.Type: self = .styles
    default: preconditionFailure("StyleGAN2 has the spaces Z, W, W⁺ and S, and not “\(space)”.")
    }
  }
}
