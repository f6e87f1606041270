import LatentArithmetic
import LatentCore

/// Whether StyleCLIP's methods compute what the published program does, or what its article says.
///
/// | place | reference | corrected |
/// |---|---|---|
/// | images for CLIP | values of −1 … 1 go in as they are, repeated seven times and averaged to 224 pixels | values of 0 … 1, resized as CLIP's training images were, its mean subtracted and divided by its deviation |
/// | latent mapper | a code is normalized over its layers | each layer's vector is normalized |
/// | schedule of latent optimization | the first of N steps has t = 0 and rate 0, and moves nothing | step i has t = (i + ½)/N |
/// | length of the schedule's rise | always a twentieth of the steps, whatever is asked for | what is asked for |
/// | pairs of images that a channel's relevance is measured by | μ_c ± 5σ_c in the place of s_c, and μ_c stays there for the channels that follow | s_c ± 5σ_c: G(s ± α·Δs) of the article, α = 5 |
///
/// Published weights and numbers need `reference`; new work is better off `corrected`.
public enum Fidelity: String, Sendable, Codable, CaseIterable {
  /// As the published program computes, its faults included.
  case reference
  /// Without the faults.
  case corrected
}
