import Foundation
import LatentArithmetic
import LatentCore

/// The steps, rates and weights of ``LatentOptimizer``, StyleCLIP's first method.
///
/// A code w, starting at w₀, is moved by Adam down
///
///     L = (1 − cos(I(G(w)), T(text))) + λ_L2·Σ(w − w₀)² + λ_ID·(1 − cos(R(G(w)), R(G(w₀))))
///
/// with a joint model's features I of images and T of texts and an identity model's features R of faces. Distances are
/// sums over the code's numbers, so λ_L2 depends on the space: what suits W⁺ is far too strong for most S.
///
/// Source: "StyleCLIP: Text-Driven Manipulation of StyleGAN Imagery", Patashnik and others 2021, section 4.
public struct LatentOptimization: TrainingRecipe, Sendable, Equatable {
  /// How many steps are made.
  public var steps: Int
  /// Adam's rate at its largest.
  public var rate: Float
  /// λ_L2: what a squared step from the start costs.
  public var distanceWeight: Float
  /// λ_ID: what a change of the person shown costs.
  public var identityWeight: Float
  /// The share of the steps over which the rate rises from 0, above 0.
  public var rampUp: Float
  /// The share of the steps over which the rate falls to 0 along half a cosine, above 0.
  public var rampDown: Float
  /// τ: where above 0, the image is to come to normalize(I(G(w₀)) + τ·Δt) and not to T(text), and nothing else is to change;
  /// Δt = normalize(T(text) − T(neutral)).
  ///
  /// The published methods have 0: CLIP's features of images are all alike but for a little, whereas a small
  /// model's are made of a few attributes, and come nearest to a text where all others are given up.
  public var anchoring: Float
  /// A text that says nothing of an image but what all show, for Δt.
  public var neutral: String
  /// How many squares of random places and of 0.8 to 1 of the side the joint model sees in a step; 0 shows it the whole
  /// image, as published.
  ///
  /// A small model is deceived by patterns that fit one place; squares that move with each step average them out.
  public var views: Int
  /// Whether the schedule is the published one or a corrected one.
  public var fidelity: Fidelity

  /// Describes an optimization.
  public init(
    steps: Int, rate: Float = 0.1, distanceWeight: Float = 0.008, identityWeight: Float = 0,
    rampUp: Float = 0.05, rampDown: Float = 0.25, anchoring: Float = 0, neutral: String = "a face",
    views: Int = 0, fidelity: Fidelity = .corrected
  ) {
    (self.steps, self.rate, self.fidelity) = (steps, rate, fidelity)
    (self.anchoring, self.neutral, self.views) = (anchoring, neutral, views)
    (self.distanceWeight, self.identityWeight) = (distanceWeight, identityWeight)
    (self.rampUp, self.rampDown) = (rampUp, rampDown)
  }

  /// The published program's defaults for editing an image.
  public static let edit = LatentOptimization(steps: 300)
  /// What suits a small joint model and a face model's codes.
  public static let joint = LatentOptimization(
    steps: 60, rate: 0.05, distanceWeight: 0, anchoring: 1.5, views: 1)
  /// The published notebook's: fewer steps, and the person is kept.
  public static let quickEdit = LatentOptimization(steps: 40, identityWeight: 0.005)
  /// Free generation, from the mean code: the image is only to fit the text.
  public static let generate = LatentOptimization(steps: 300, distanceWeight: 0)

  /// The rate of a step: rate · min(1, t/rise) · (½ − ½·cos(π·min(1, (1 − t)/fall))).
  package func rate(at step: Int) -> Float {
    let t: Float
    let rise: Float
    switch fidelity {
    case .reference: (t, rise) = (Float(step) / Float(steps), 0.05)
    case .corrected: (t, rise) = ((Float(step) + 0.5) / Float(steps), rampUp)
    }
    return rate * min(1, t / rise) * (0.5 - 0.5 * cos(.pi * min(1, (1 - t) / rampDown)))
  }
}
