extension Tensor {
  /// self − other, element by element.
  ///
  /// - Precondition: The shapes are equal.
  package func subtracting(_ other: Tensor) -> Tensor {
    Kernels.linearCombination(1, self, -1, other, threads: 1)
  }

  /// Σ x² over all elements, in double.
  package var squaredNorm: Double { Kernels.dot(self, self, threads: 1) }
}
