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

extension Z: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .noise }
}

extension W: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .mapped }
}

extension WPlus: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .layered }
}

extension StyleSpace: StyleGAN2Space {
  public static var stage: StyleGAN2Stage { .styles }
}
