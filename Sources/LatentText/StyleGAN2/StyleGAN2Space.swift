import LatentArithmetic
import LatentCore

/// The space of StyleGAN's mapped noise: one vector that decides all styles of an image.
public enum WSpace: LatentSpace {}

/// A vector of W for each of StyleGAN's style layers, one after the other: what encoders of photos find.
public enum WPlusSpace: LatentSpace {}

/// A latent space that ``StyleGAN2Generator`` draws from.
public protocol StyleGAN2Space: LatentSpace {
  /// Where on the way from the noise to the styles the space is.
  static var stage: StyleGAN2Stage { get }
}

/// The stages between StyleGAN2's noise and the styles of its layers, each computed from the one before.
public enum StyleGAN2Stage: Sendable {
  /// The noise z.
  case noise
  /// The mapped noise w.
  case mapped
  /// A vector w for each row of styles.
  case layered
  /// The styles themselves.
  case styles
}

extension ZSpace: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .noise }
}

extension WSpace: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .mapped }
}

extension WPlusSpace: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .layered }
}

extension StyleSpace: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .styles }
}
