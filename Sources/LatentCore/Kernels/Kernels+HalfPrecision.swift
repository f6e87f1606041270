import CKernels

extension Kernels {
  /// Conversion between single and half precision (IEEE binary32 and binary16).
  package enum HalfPrecision {
    /// The smallest magnitude that rounds to infinity: half an ulp above the largest half, 65504.
    package static let overflow: Float = 65520

    /// Rounds `x` to the nearest half, ties to even, as bit patterns.
    package static func round(
      _ x: UnsafeBufferPointer<Float>, into half: UnsafeMutableBufferPointer<UInt16>
    ) {
      precondition(
        half.count == x.count, "\(x.count) numbers cannot be rounded into room for \(half.count).")
      ck_half_from_float(x.count, x.baseAddress, half.baseAddress)
    }

    /// Converts the bit patterns of halves to single precision, exactly.
    package static func widen(
      _ half: UnsafeBufferPointer<UInt16>, into x: UnsafeMutableBufferPointer<Float>
    ) {
      precondition(
        x.count == half.count, "\(half.count) numbers cannot be widened into room for \(x.count).")
      ck_float_from_half(half.count, half.baseAddress, x.baseAddress)
    }
  }
}
