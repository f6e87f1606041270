import CKernels

/// Slanted frames of 8-bit RGB pictures: a corner, the vector along the top edge, the vector down the left edge.
extension Kernels {
  /// Six numbers: x and y of the corner, of the top edge, of the left edge, in pixels of the picture.
  package typealias Frame = [Double]

  /// Resamples a frame to `outHeight` by `outWidth` pixels, antialiased.
  package static func cut(
    _ frame: Frame, outOf pixels: [UInt8], height: Int, width: Int, outHeight: Int, outWidth: Int,
    threads: Int
  ) -> [UInt8] {
    check(frame, pixels, height: height, width: width)
    precondition(outHeight > 0 && outWidth > 0, "A frame cannot be cut to \(outWidth)×\(outHeight) pixels.")
    return [UInt8](unsafeUninitializedCapacity: outHeight * outWidth * 3) { out, count in
      count = outHeight * outWidth * 3
      ck_cut_frame(pixels, height, width, frame, outHeight, outWidth, out.baseAddress, Int32(threads))
    }
  }

  /// Puts a patch of shape [height, width, 4] into a frame: x' = x + m·(color − opacity·x).
  ///
  /// Three channels are a color, in units of the picture's values and multiplied by its weight already; the fourth is the
  /// opacity, the part of the picture that is taken away: 0 adds the color, 1 puts it in place of the pixels. Between the
  /// patch's pixels all four are interpolated by Catmull-Rom's cubic. m rises from 0 on the left, top, right and bottom
  /// side to 1 at that side's feather, a part of the frame's extent.
  package static func putBack(
    _ patch: Tensor, into pixels: inout [UInt8], height: Int, width: Int, frame: Frame, feathers: [Double],
    threads: Int
  ) {
    check(frame, pixels, height: height, width: width)
    precondition(
      patch.shape.count == 3 && patch.shape[2] == 4 && patch.count > 0,
      "A patch has the shape [height, width, 4], not \(patch.shape).")
    precondition(feathers.count == 4, "A frame has four sides, not \(feathers.count).")
    let (patchHeight, patchWidth) = (patch.shape[0], patch.shape[1])
    withPointers(to: patch) { patch in
      ck_put_back_frame(
        &pixels, height, width, frame, patch, patchHeight, patchWidth, feathers, Int32(threads))
    }
  }

  private static func check(_ frame: Frame, _ pixels: [UInt8], height: Int, width: Int) {
    precondition(
      pixels.count == height * width * 3 && !pixels.isEmpty,
      "A picture of \(width)×\(height) does not have \(pixels.count) values.")
    precondition(frame.count == 6, "A frame has six numbers, not \(frame.count).")
    let area = frame[2] * frame[5] - frame[3] * frame[4]
    precondition(
      area.isFinite && area != 0 && frame[0].isFinite && frame[1].isFinite,
      "\(frame) is no frame of a picture."
    )
  }
}
