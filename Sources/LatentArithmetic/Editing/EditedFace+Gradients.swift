import LatentCore

extension EditedFace {
  /// The directions that edits of this face are made of, those that its painter can paint, [directions, latentSize]; nil where
  /// any edit is as good.
  package var editedDirections: Tensor? {
    guard case .painted(let painter, _, _)? = place?.way else { return nil }
    return painter.directions
  }

  /// What the face's frame shows of codes in the place of the face's, with gradients: the generated images, or where edits are
  /// painted the crop with each of them.
  ///
  /// - Parameters:
  ///   - codes: [batch, latentSize].
  ///   - generator: The face's ``EditedFace/generator``.
  /// - Returns: [batch, height, width, 3].
  package func images(of codes: Variable, by generator: any DifferentiableGenerator<Space>) -> Variable {
    let generated = generator.images(of: codes)
    guard case .painted(let painter, let crop, let before)? = place?.way else { return generated }
    let start = Tensor(
      shape: codes.shape, elements: (0..<codes.shape[0]).flatMap { _ in code.values })
    return painter.paintedCrops(
      crop, before: Tensor(before), after: generated, edits: codes.subtracting(start))
  }
}
