import LatentArithmetic
import LatentCore

extension StyleGAN2Generator {
  /// Refines a code until the image is generated more closely, and for `Refinement.Parts.codeAndChannels` factors
  /// of the styles with it.
  ///
  /// - Precondition: The image has the generator's size and the code ``latentSize`` finite numbers; the refinement makes
  ///   at least one step.
  /// - Throws: `RefinementError`; `CancellationError` when the task is cancelled.
  public func inversion(
    of image: Image, from code: Latent<Space>, by refinement: Refinement,
    report: (StepProgress) -> Void
  ) throws -> Inversion<Space> {
    check(code)
    let scales = refinement.parts == .code ? [] : styleScales
    let objective = InversionObjective(scales: scales, target: target(image), threads: threads) {
      code, factors in
      guard !scales.isEmpty else { return images(of: code) }
      let styles = zip(scales, styleVariables(of: code)).map { scale, style in scale(style, factors) }
      return network.images(ofStyles: styles)
    }
    var search = InversionSearch(objective, from: code.values, by: refinement, threads: threads)
    let best = try search.run(report: report)
    var found = scales.isEmpty ? factors : Parameters()
    for scale in scales.flatMap(\.parameters) { found[scale.path] = best.point[scale.path] }
    return Inversion(
      code: Latent(best.code),
      generator: StyleGAN2Generator(network, truncation, factors: found, threads: threads))
  }
}
