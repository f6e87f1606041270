import CKernels

/// One picture's change of color and place: translate(contrast(saturation(x + brightness))).
///
/// "Differentiable Augmentation for Data-Efficient GAN Training" (Zhao et al., 2020), without its cut-outs.
package struct Augmentation: Sendable, Equatable {
  /// Added to every value.
  package var brightness: Float = 0
  /// Scales each pixel's departure from its mean over channels.
  package var saturation: Float = 1
  /// Scales each value's departure from the picture's mean.
  package var contrast: Float = 1
  /// Pixels moved down and to the right; zeros come in from outside.
  package var shiftDown = 0, shiftRight = 0

  /// Makes the augmentation that changes nothing.
  package init() {}

  fileprivate var record: ck_augmentation {
    ck_augmentation(
      brightness: brightness, saturation: saturation, contrast: contrast, shift_down: Int32(shiftDown),
      shift_right: Int32(shiftRight))
  }
}

extension Kernels {
  static func augment(_ x: Tensor, _ changes: [Augmentation], threads: Int) -> Tensor {
    augment(x, changes, ck_augment_forward, threads)
  }

  static func augmentBackward(_ dy: Tensor, _ changes: [Augmentation], threads: Int) -> Tensor {
    augment(dy, changes, ck_augment_backward, threads)
  }

  private static func augment(
    _ x: Tensor, _ changes: [Augmentation],
    _ kernel: (
      Int, Int, Int, Int, UnsafePointer<ck_augmentation>?, Input, Output, Int32
    ) -> Void, _ threads: Int
  ) -> Tensor {
    precondition(
      x.shape.count == 4 && x.shape[0] == changes.count,
      "\(changes.count) augmentations do not fit an input of shape \(x.shape).")
    let records = changes.map(\.record)
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x) { source in
        kernel(
          x.shape[0], x.shape[1], x.shape[2], x.shape[3], records, source, y.baseAddress, Int32(threads))
      }
    }
  }

  /// Zeroes each element with probability `rate` and scales the others to keep the mean.
  static func dropout(_ x: Tensor, rate: Float, seed: UInt64, threads: Int) -> Tensor {
    precondition(rate >= 0 && rate < 1, "A dropout rate lies in 0 ..< 1; \(rate) does not.")
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x) { ck_dropout(y.count, rate, seed, $0, y.baseAddress, Int32(threads)) }
    }
  }
}
