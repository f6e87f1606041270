import LatentCore

extension Tensor {
  /// Makes a batch for a network from images of one size.
  ///
  /// The shape is `[count, height, width, 3]`, and each value v becomes v/127.5 − 1, so that 0 … 255 spans −1 … 1.
  /// Transparency is laid over white.
  ///
  /// - Precondition: There is at least one image, and all have the same size.
  package init(_ images: [Image]) {
    guard let first = images.first else { preconditionFailure("A batch needs at least one image.") }
    for image in images {
      precondition(
        image.width == first.width && image.height == first.height,
        "A batch holds images of one size, not \(first.width)×\(first.height) and \(image.width)×\(image.height)."
      )
    }
    self.init(unsafeUninitialized: [images.count, first.height, first.width, 3]) { elements in
      var next = elements.startIndex
      for image in images {
        for value in image.laidOverWhite().pixels {
          elements.initializeElement(at: next, to: Float(value) / 127.5 - 1)
          next += 1
        }
      }
    }
  }

  /// Makes a batch of one image, of shape `[1, height, width, 3]` with values in −1 … 1.
  package init(_ image: Image) { self.init([image]) }
}

extension Image {
  /// Makes the images of a network's output, the inverse of `Tensor(_: [Image])`.
  ///
  /// Each value x becomes 127.5·(x + 1), rounded to the nearest integer and clamped to 0 … 255. A value that is not a
  /// number becomes 0.
  ///
  /// - Parameter batch: A tensor of shape `[count, height, width, 3]`.
  /// - Returns: `count` images.
  /// - Precondition: The tensor has that shape, with a positive height and width.
  package static func images(from batch: Tensor) -> [Image] {
    let shape = batch.shape
    precondition(
      shape.count == 4 && shape[3] == 3,
      "A batch of images has the shape [count, height, width, 3], not \(shape).")
    let size = shape[1] * shape[2] * 3
    return batch.withElements { elements in
      (0..<shape[0]).map { index in
        Image(
          width: shape[2], height: shape[1],
          pixels: elements[index * size..<(index + 1) * size].map { x in
            // max and min in this order turn NaN into 0.
            UInt8(min(max(0, (127.5 * (x + 1)).rounded()), 255))
          })
      }
    }
  }
}

extension Tensor {
  /// Those images of a batch, or rows of a matrix, that `indices` name, in that order.
  package func images(_ indices: [Int]) -> Tensor {
    let size = count / max(shape[0], 1)
    return reshaped(to: [shape[0], size]).rows(indices).reshaped(to: [indices.count] + shape.dropFirst())
  }

  /// One image of a batch, [height, width, channels].
  func image(_ index: Int) -> Tensor { images([index]).reshaped(to: Array(shape.dropFirst())) }
}
