import LatentArithmetic
import LatentCore

extension StyleGAN2Generator {
  /// Refines a code until the image is drawn better, and for ``Refinement/Parts-swift.enum/codeAndChannels`` factors
  /// of the styles with it.
  ///
  /// An image of the network's size is used whole; of any other the face is cut out first.
  ///
  /// - Precondition: The code has ``latentSize`` finite numbers; at least one step is made.
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  public func inversion(
    of face: Image, from code: Latent<Space>, by refinement: Refinement
  ) throws -> Inversion<Space> {
    precondition(refinement.steps > 0, "A refinement makes at least one step, not \(refinement.steps).")
    _ = constant([code])  // checks it
    let target = Tensor(face.faceCrop(size: imageSize))
    let scales = refinement.parts == .code ? [] : styleScales
    let objective = InversionObjective(scales: scales, target: target, threads: threads) { code, factors in
      guard !scales.isEmpty else { return images(of: code) }
      return network.drawing(
        zip(scales, styleVariables(of: code)).map { scale, style in scale(style, factors) })
    }
    var search = InversionSearch(objective, from: code.values, by: refinement, threads: threads)
    let best = try search.run()
    var found = scales.isEmpty ? factors : Parameters()
    for path in best.paths where path != InversionObjective.codePath { found[path] = best[path] }
    return Inversion(
      code: Latent(best[InversionObjective.codePath]?.elements ?? code.values),
      generator: StyleGAN2Generator(network, truncation, factors: found, threads: threads))
  }
}
