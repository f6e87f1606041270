import LatentCore

// Painting into a photo of any size what a network drew at its own.
//
// Goals, in order: (1) an empty mask is the photo, bit for bit; (2) no blur where only color changes: the photo's detail
// that is finer than the network's pixels stays; (3) no ghosts: where the network drew something else, the detail of
// what was there goes; (4) no rim where a mask reaches a side of the frame, and no square around a head whose hair changes: the
// corners stay.
//
// With e the colors, x the crop that the network saw, m̂ = c·clip((m − 0.02)/0.96, 0, 1), ↑ enlargement and X the photo,
//
//     X' = X + m̂·(e↑ − x↑) − m̂·k·(X − x↑)
//
// where X − x↑ is the fine detail and k, in 0 … 1, the part of it that gives way. It is put back as a patch of
// premultiplied colors m̂·(e − (1 − k)·x) with the opacity m̂·k.
//
// c = 1 − smoothstep of r from 1.05 to 1.4, r being the distance from the frame's middle in halves of its sides: 1 at the middle
// of each side, √2 at a corner, where there is no face and seldom hair. c is 1 toward a corner of which both sides run outside
// the image.
//
// k = smoothstep of d from 0.3 to 0.8, where d is 1 less the contrast–structure term of SSIM (Wang and others 2004) of
// the lumas of e and x:
//
//     d = 1 − (2σₑₓ + C)/(σₑ² + σₓ² + C) = σ²(e − x)/(σ²(e) + σ²(x) + C),  C = (0.03 · 2)² for values in −1 … 1
//
// with variances over binomial windows of five pixels. d is 0 where color or brightness alone change, (1 − g)²/(1 + g²)
// where structure becomes g times as strong, and about 1 where it is new, gone or unrelated to what was there; C keeps
// differences that nobody sees from counting. From 0.3 on, because dark hair made of fair (g = 0.4) must keep its
// strands, and because networks blur a little what they color; to 0.8, because structure that is only gone has no more
// than σ²/(σ² + C).
//
// Rejected: the correlation (SSIM's structure term), which takes what vanished onto smooth skin for unchanged; windows
// of three, which left the lines of a covered eye behind; flat windows of five, which take more of an eye beside
// the rim of glasses; differences of color, for which a border of lipstick is structure; one k for the whole mask.
// Bilinear enlargement: it reaches half as far around a mask, but the rims of glasses come out visibly soft.
extension Image {
  /// The image with colors painted over a crop of it, where a mask is open.
  ///
  /// Where colors and crop have the same structure, the photo keeps its finer detail under the change of color; where
  /// they differ, the colors take its place. The outermost 6 % of the frame and its corners fade the mask out, but not at a
  /// side outside the image. An empty mask is the image itself. A gray image stays gray. Transparency and metadata are kept.
  ///
  /// - Parameters:
  ///   - colors: [height, width, 3] in −1 … 1: the new colors.
  ///   - mask: [height, width, 1] in 0 … 1: where they are wanted. Below 0.02 it is closed, above 0.98 open.
  ///   - crop: [height, width, 3] in −1 … 1: what is in the frame, `cropped(to: frame, …)` as a tensor.
  ///   - frame: Where the crop was cut out.
  /// - Returns: An image of the same size.
  /// - Precondition: The tensors have these shapes, of at least one pixel.
  package func painting(
    _ colors: Tensor, mask: Tensor, over crop: Tensor, in frame: FaceFrame
  ) -> Image {
    let (height, width) = (mask.shape.first ?? 0, mask.shape.dropFirst().first ?? 0)
    precondition(
      mask.shape == [height, width, 1] && colors.shape == [height, width, 3] && crop.shape == colors.shape
        && mask.count > 0,
      "Colors, crop and mask of [height, width, 3, 3 and 1] do not have the shapes \(colors.shape), \(crop.shape) and \(mask.shape)."
    )
    let drawn = [colors, crop, mask].map { $0.notFiner(than: frame) }
    return puttingBack(
      .patch(colors: drawn[0], crop: drawn[1], mask: drawn[2], fading: frame.sidesInside(self)), in: frame,
      feather: 0.06)
  }
}

extension Tensor {
  /// The pixels [height, width, channels], no more of them along the edges of a frame than the image has there.
  fileprivate func notFiner(than frame: FaceFrame) -> Tensor {
    let (rows, columns) = frame.resolution(rows: shape[0], columns: shape[1])
    guard rows < shape[0] || columns < shape[1] else { return self }
    return Kernels.resample(
      reshaped(to: [1] + shape), rows: .bicubic(from: shape[0], to: rows),
      columns: .bicubic(from: shape[1], to: columns), threads: 1
    ).reshaped(to: [rows, columns, shape[2]])
  }

  /// Premultiplied colors m̂·(e − (1 − k)·x), in 0 … 255, and the opacity m̂·k.
  ///
  /// Corners fade where `sides` says so of one of their two among the left, top, right and bottom side.
  fileprivate static func patch(colors: Tensor, crop: Tensor, mask: Tensor, fading sides: [Bool]) -> Tensor {
    let (e, x, m) = (colors.elements, crop.elements, mask.elements)
    let k = replacedDetail(from: crop.lumas, to: colors.lumas, height: mask.shape[0], width: mask.shape[1])
    let inner = innerShare(height: mask.shape[0], width: mask.shape[1], fading: sides)
    return Tensor(unsafeUninitialized: [mask.shape[0], mask.shape[1], 4]) { patch in
      for pixel in m.indices {
        let opening = min(max((m[pixel] - 0.02) / 0.96, 0), 1) * inner[pixel]
        for channel in 0..<3 {
          let (new, old) = (e[pixel * 3 + channel], x[pixel * 3 + channel])
          patch[pixel * 4 + channel] = 127.5 * opening * (new - old + k[pixel] * (old + 1))
        }
        patch[pixel * 4 + 3] = opening * k[pixel]
      }
    }
  }

  /// c: 1 but near the corners.
  private static func innerShare(height: Int, width: Int, fading sides: [Bool]) -> [Float] {
    (0..<height * width).map { pixel in
      let y = 2 * (Float(pixel / width) + 0.5) / Float(height) - 1
      let x = 2 * (Float(pixel % width) + 0.5) / Float(width) - 1
      guard sides[x < 0 ? 0 : 2] || sides[y < 0 ? 1 : 3] else { return 1 }
      return 1 - smoothstep((x * x + y * y).squareRoot(), from: 1.05, to: 1.4)
    }
  }

  private var lumas: [Float] {
    withElements { colors in
      stride(from: 0, to: colors.count, by: 3).map { Image.luma(colors[$0], colors[$0 + 1], colors[$0 + 2]) }
    }
  }

  /// k: the part of the detail finer than the crop's pixels that gives way.
  private static func replacedDetail(from x: [Float], to e: [Float], height: Int, width: Int) -> [Float] {
    let moments = zip(x, e).flatMap { old, new -> [Float] in
      let change = new - old
      return [old, old * old, new, new * new, change, change * change]
    }
    let means = Kernels.resample(
      Tensor(shape: [1, height, width, 6], elements: moments), rows: .binomialMeans(of: height),
      columns: .binomialMeans(of: width), threads: 1
    ).elements
    return stride(from: 0, to: means.count, by: 6).map { pixel in
      func variance(_ mean: Int) -> Float { max(means[mean + 1] - means[mean] * means[mean], 0) }
      let change = variance(pixel + 4) / (variance(pixel) + variance(pixel + 2) + 0.06 * 0.06)
      return smoothstep(change, from: 0.3, to: 0.8)
    }
  }

  /// 3t² − 2t³ of the share t of the way that is behind a value, 0 before it and 1 after it.
  private static func smoothstep(_ value: Float, from start: Float, to end: Float) -> Float {
    let share = min(max((value - start) / (end - start), 0), 1)
    return share * share * (3 - 2 * share)
  }
}
