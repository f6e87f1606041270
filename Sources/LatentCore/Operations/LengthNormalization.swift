extension Variable {
  /// Vectors along a dimension divided by the root of their mean square, √(mean x² + 1e-8): StyleGAN's PixelNorm.
  ///
  /// Source: "Progressive Growing of GANs", Karras and others 2018, section 4.2.
  ///
  /// - Precondition: There is such a dimension.
  package func pixelNormalized(axis: Int) -> Variable {
    precondition(shape.indices.contains(axis), "A tensor of shape \(shape) has no dimension \(axis).")
    return normalizedLength(.init(axis: axis, weight: 1 / Float(max(shape[axis], 1)), epsilon: 1e-8))
  }

  /// Vectors along the last dimension divided by their length; one of length 0 becomes not a number.
  ///
  /// - Precondition: There is at least one dimension.
  package func unitLength() -> Variable {
    normalizedLength(.init(axis: shape.count - 1, weight: 1, epsilon: 0))
  }

  private func normalizedLength(_ normalization: Kernels.LengthNormalization) -> Variable {
    let (x, threads) = (value, tape.threads)
    let y = Kernels.normalizeLength(x, normalization, threads: threads)
    return tape.record(self, value: y) { dy, _ in
      [Kernels.normalizeLengthBackward(x, dy, normalization, threads: threads)]
    }
  }
}
