import CKernels

/// Vectors along one dimension brought to a length.
extension Kernels {
  /// What divides a vector: √(weight·Σ x² + ε), the sum over one dimension.
  struct LengthNormalization {
    let axis: Int
    let weight: Float
    let epsilon: Float
  }

  static func normalizeLength(_ x: Tensor, _ normalization: LengthNormalization, threads: Int) -> Tensor {
    let (outer, length, inner) = extents(x.shape, normalization.axis)
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x) { x in
        ck_normalize_length_forward(
          outer, length, inner, normalization.weight, normalization.epsilon, x, y.baseAddress, Int32(threads))
      }
    }
  }

  static func normalizeLengthBackward(
    _ x: Tensor, _ dy: Tensor, _ normalization: LengthNormalization, threads: Int
  ) -> Tensor {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let (outer, length, inner) = extents(x.shape, normalization.axis)
    return Tensor(unsafeUninitialized: x.shape) { dx in
      withPointers(to: x, dy) { x, dy in
        ck_normalize_length_backward(
          outer, length, inner, normalization.weight, normalization.epsilon, x, dy, dx.baseAddress,
          Int32(threads))
      }
    }
  }

  private static func extents(_ shape: [Int], _ axis: Int) -> (outer: Int, length: Int, inner: Int) {
    precondition(shape.indices.contains(axis), "A tensor of shape \(shape) has no dimension \(axis).")
    return (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
  }
}
