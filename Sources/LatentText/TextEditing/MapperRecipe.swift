import LatentArithmetic
import LatentCore

/// Everything that decides how a latent mapper is trained, besides the codes and the seed.
///
///     L = λ_text·(1 − cos(I(G(ŵ)), T(text))) + λ_L2·mean((ŵ − w)²) + λ_ID·(1 − cos(R(G(ŵ)), R(G(w)))),  ŵ = w + 0.1·M(w)
///
/// Distances are means over the code's numbers, unlike those of ``LatentOptimization``.
///
/// Source: "StyleCLIP", Patashnik and others 2021, section 5.
public struct MapperRecipe: TrainingRecipe, Equatable {
  /// What the images are to show.
  public var text: String
  /// λ_text.
  public var textWeight: Float = 1
  /// λ_L2.
  public var distanceWeight: Float = 0.8
  /// λ_ID; 0 for edits that change who is shown, such as to another person.
  public var identityWeight: Float = 0.1
  /// The optimizer.
  package var optimizer = Ranger(rate: 0.5)
  /// Codes in a step.
  public var batch = 2
  /// How many steps a training takes.
  public var steps = 50_000

  /// The recipe of the article's supplement: almost all of its examples have these numbers.
  public init(text: String) { self.text = text }
}
