import LatentCore

extension EditedFace {
  /// The directions that edits of this face are made of, [directions, latentSize]: those that its painter can paint; nil where
  /// any edit is as good.
  package var editedDirections: Tensor? {
    guard case .painted(let painter, _, _)? = place?.way else { return nil }
    return painter.directions
  }

  /// What the face's frame shows of codes in the place of the face's, with gradients.
  ///
  /// - Parameters:
  ///   - codes: [batch, latentSize].
  ///   - generator: The face's ``EditedFace/generator``.
  /// - Returns: The images that lead to what is wanted, the last as it is seen: the generated ones; or, where edits are painted,
  ///   the crop with what the generator draws of the change, and what is painted.
  package func images(of codes: Variable, by generator: any DifferentiableGenerator<Space>) -> [Variable] {
    let generated = generator.images(of: codes)
    guard case .painted(let painter, let crop, let before)? = place?.way else { return [generated] }
    let start = Tensor(
      shape: codes.shape, elements: (0..<codes.shape[0]).flatMap { _ in code.values })
    let images = painter.images(
      crop, before: Tensor(before), after: generated, edits: codes.subtracting(start))
    return [images.drawn, images.painted]
  }
}
