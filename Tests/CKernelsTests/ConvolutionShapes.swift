import CKernels
import TestSupport

extension ck_convolution: @retroactive @unchecked Sendable {
  /// Padding in the order top, left, bottom, right.
  init(
    batch: Int, in size: (Int, Int), channels: (Int, Int), kernel: (Int, Int), stride: (Int, Int),
    padding: (Int, Int, Int, Int)
  ) {
    self.init(
      batch: batch, in_height: size.0, in_width: size.1, in_channels: channels.0,
      out_height: (size.0 + padding.0 + padding.2 - kernel.0) / stride.0 + 1,
      out_width: (size.1 + padding.1 + padding.3 - kernel.1) / stride.1 + 1, out_channels: channels.1,
      kernel_height: kernel.0, kernel_width: kernel.1, stride_height: stride.0, stride_width: stride.1,
      pad_top: padding.0, pad_left: padding.1)
  }
}

enum ConvolutionShapes {
  /// Strides, kernels, paddings, sizes and channels that awkwardly meet.
  static let sweep: [ck_convolution] = {
    var shapes: [ck_convolution] = []
    let channels = [(1, 3), (3, 5), (5, 1), (64, 3), (3, 64), (9, 12), (12, 2), (64, 5)]
    let paddings = [(0, 0, 0, 0), (1, 1, 1, 1), (1, 2, 2, 1), (0, 3, 1, 0), (4, 1, 0, 6)]
    for kernel in 1...5 {
      for stride in 1...3 {
        for (n, padding) in paddings.enumerated() {
          for other in [kernel, kernel % 5 + 1] {
            let pick = channels[(shapes.count + n) % channels.count]
            shapes.append(
              ck_convolution(
                batch: 1 + shapes.count % 3, in: (7 + shapes.count % 4, 6 + shapes.count % 5), channels: pick,
                kernel: (kernel, other), stride: (stride, other == kernel ? stride : stride % 3 + 1),
                padding: padding))
          }
        }
      }
    }
    return shapes
  }()

  /// The kinds of layer the library's networks have, small, and the cuts into blocks that each meets.
  static let layers: [ck_convolution] = [
    // A transposed convolution's shape: many phases' blocks; a single image, whose columns are cut.
    ck_convolution(
      batch: 3, in: (20, 20), channels: (32, 48), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 1, in: (10, 10), channels: (256, 128), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 2, in: (40, 40), channels: (3, 24), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 2, in: (21, 20), channels: (16, 32), kernel: (5, 5), stride: (2, 2), padding: (1, 1, 2, 2)),
    ck_convolution(
      batch: 2, in: (40, 40), channels: (32, 3), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
    ck_convolution(
      batch: 2, in: (40, 40), channels: (3, 32), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
    // Winograd's: whole tiles and broken ones; paddings that shift the phases; a phase with fewer taps; half a panel.
    ck_convolution(
      batch: 2, in: (20, 20), channels: (64, 48), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 3, in: (19, 22), channels: (16, 32), kernel: (4, 4), stride: (2, 2), padding: (0, 2, 1, 1)),
    ck_convolution(
      batch: 2, in: (20, 22), channels: (32, 16), kernel: (5, 5), stride: (2, 2), padding: (1, 2, 2, 1)),
    ck_convolution(
      batch: 1, in: (21, 18), channels: (16, 16), kernel: (5, 5), stride: (2, 2), padding: (2, 0, 3, 4)),
    ck_convolution(
      batch: 2, in: (15, 13), channels: (32, 48), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 2, in: (9, 12), channels: (48, 16), kernel: (3, 3), stride: (2, 2), padding: (0, 1, 1, 0)),
    ck_convolution(
      batch: 2, in: (11, 7), channels: (16, 16), kernel: (2, 2), stride: (1, 1), padding: (0, 1, 0, 1)),
    ck_convolution(
      batch: 2, in: (8, 10), channels: (16, 80), kernel: (3, 3), stride: (1, 1), padding: (2, 0, 1, 2)),
    ck_convolution(
      batch: 30, in: (10, 10), channels: (32, 32), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 40, in: (20, 20), channels: (16, 16), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
    // Few tiles, so that a task is some columns: of a filter that a cache holds, and of one that none does.
    ck_convolution(
      batch: 1, in: (7, 9), channels: (64, 112), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 1, in: (20, 20), channels: (192, 160), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    // No border, stride 1: patches read in the source; blocks that end within a row; half a panel, a whole one, both.
    ck_convolution(
      batch: 6, in: (19, 30), channels: (3, 10), kernel: (3, 3), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 2, in: (17, 16), channels: (10, 28), kernel: (2, 3), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 2, in: (24, 25), channels: (16, 48), kernel: (3, 2), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 1, in: (18, 40), channels: (9, 70), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
    // The kernel is the whole input; one pixel; 4×4 `same`.
    ck_convolution(
      batch: 7, in: (5, 5), channels: (40, 1), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 5, in: (5, 5), channels: (24, 65), kernel: (5, 5), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 2, in: (9, 9), channels: (33, 70), kernel: (1, 1), stride: (1, 1), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 2, in: (12, 12), channels: (8, 16), kernel: (4, 4), stride: (1, 1), padding: (1, 1, 2, 2)),
    // Strides longer than the kernel leave pixels that no tap sees; sizes that leave a remainder.
    ck_convolution(
      batch: 2, in: (11, 12), channels: (10, 9), kernel: (1, 2), stride: (3, 3), padding: (0, 0, 0, 0)),
    ck_convolution(
      batch: 2, in: (11, 12), channels: (3, 9), kernel: (2, 1), stride: (3, 3), padding: (0, 1, 0, 0)),
  ]

  /// Layers of the networks at the batch of training, for the choice of an algorithm alone.
  static let networkLayers = [
    ck_convolution(
      batch: 64, in: (80, 80), channels: (128, 128), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
    ck_convolution(
      batch: 64, in: (80, 80), channels: (128, 128), kernel: (5, 5), stride: (2, 2), padding: (1, 1, 2, 2)),
    ck_convolution(
      batch: 64, in: (80, 80), channels: (128, 3), kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
    ck_convolution(
      batch: 1, in: (10, 10), channels: (256, 512), kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
  ]

  /// Random ones; of every three, one that Winograd's way can compute and one with few channels.
  static let random: [ck_convolution] =
    randomShapes(20) { $0.convolution(channelsUpTo: 70) }
    + randomShapes(20) { $0.convolution(channelsUpTo: 4) }
    + randomShapes(30) { $0.winogradConvolution() }
}

extension ShapeStream {
  /// Draws a convolution of any kernel, stride and padding, whose result has a pixel at least.
  mutating func convolution(channelsUpTo most: Int) -> ck_convolution {
    let kernel = (size(upTo: 6), size(upTo: 6))
    return convolution(
      channels: (size(upTo: most, near: [4, 16, 32, 64]), size(upTo: 70, near: [4, 16, 32, 64])),
      kernel: kernel, stride: (size(upTo: 3), size(upTo: 3)))
  }

  /// Draws a convolution of multiples of 16 channels, whose kernel has two or three taps for each phase of its stride.
  mutating func winogradConvolution() -> ck_convolution {
    let stride = Int.random(in: 1...2, using: &self)
    let kernel = Int.random(in: stride + 1...3 * stride, using: &self)
    return convolution(
      channels: (16 * size(upTo: 4), 16 * size(upTo: 5)), kernel: (kernel, kernel), stride: (stride, stride))
  }

  private mutating func convolution(
    channels: (Int, Int), kernel: (Int, Int), stride: (Int, Int)
  ) -> ck_convolution {
    func pad(_ kernel: Int) -> Int { .random(in: 0...kernel, using: &self) }
    let padding = (pad(kernel.0), pad(kernel.1), pad(kernel.0), pad(kernel.1))
    // The twin's loops make some millions of products at most.
    let products = channels.0 * channels.1 * kernel.0 * kernel.1
    let pixels = max(3_000_000 / products, 16)
    let least = (max(kernel.0 - padding.0 - padding.2, 1), max(kernel.1 - padding.1 - padding.3, 1))
    let height = max(size(upTo: min(40, pixels), near: [kernel.0]), least.0)
    let width = max(size(upTo: min(40, pixels / height + 1), near: [kernel.1]), least.1)
    return ck_convolution(
      batch: size(upTo: max(min(4, pixels / (height * width)), 1)), in: (height, width), channels: channels,
      kernel: kernel, stride: stride, padding: padding)
  }
}

extension ck_convolution {
  /// Top, left, bottom and right; of what lies beyond the last window, nothing.
  var padding: (Int, Int, Int, Int) {
    func behind(_ out: Int, _ stride: Int, _ kernel: Int, _ before: Int, _ size: Int) -> Int {
      max((out - 1) * stride + kernel - before - size, 0)
    }
    return (
      pad_top, pad_left, behind(out_height, stride_height, kernel_height, pad_top, in_height),
      behind(out_width, stride_width, kernel_width, pad_left, in_width)
    )
  }
}
