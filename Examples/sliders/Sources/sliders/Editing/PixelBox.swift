import LatentArithmetic

/// Whole pixels of an image.
package struct PixelBox: Sendable, Equatable, Encodable {
  package let x: Int, y: Int, width: Int, height: Int

  /// The smallest box around a frame, with a pixel to spare, inside an image.
  package init(around frame: FaceFrame, in image: Image) {
    let corners = frame.corners
    func side(_ values: [Double], _ length: Int) -> Range<Int> {
      let low = min(max(Int((values.min() ?? 0).rounded(.down)) - 1, 0), length - 1)
      let high = min(max(Int((values.max() ?? 0).rounded(.up)) + 1, low + 1), length)
      return low..<high
    }
    let (columns, rows) = (side(corners.map(\.x), image.width), side(corners.map(\.y), image.height))
    (x, y, width, height) = (columns.lowerBound, rows.lowerBound, columns.count, rows.count)
  }
}

extension FaceFrame {
  /// The corners, clockwise from the crop's top left.
  var corners: [Point] {
    [(0.0, 0.0), (1, 0), (1, 1), (0, 1)].map { s, t in
      Point(x: corner.x + s * right.x + t * down.x, y: corner.y + s * right.y + t * down.y)
    }
  }

  /// The same frame where the image's corner lies elsewhere.
  func moved(x: Double, y: Double) -> FaceFrame {
    FaceFrame(corner: Point(x: corner.x + x, y: corner.y + y), right: right, down: down)
  }

  /// The same frame in the image at another size.
  func scaled(x: Double, y: Double) -> FaceFrame {
    func scaled(_ point: Point) -> Point { Point(x: x * point.x, y: y * point.y) }
    return FaceFrame(corner: scaled(corner), right: scaled(right), down: scaled(down))
  }
}

extension Image {
  /// The image at another size, opaque and without metadata.
  func scaled(by scale: Double) -> Image {
    resized(
      width: max(1, Int((scale * Double(width)).rounded())),
      height: max(1, Int((scale * Double(height)).rounded())))
  }

  /// The pixels of a box.
  package func part(_ box: PixelBox) -> Image {
    var part: [UInt8] = []
    part.reserveCapacity(box.width * box.height * 3)
    for row in box.y..<box.y + box.height {
      let start = (row * width + box.x) * 3
      part += pixels[start..<start + box.width * 3]
    }
    return Image(width: box.width, height: box.height, pixels: part, metadata: metadata)
  }

  /// The image with other pixels in a box.
  package func replacing(_ box: PixelBox, by part: Image) -> Image {
    var changed = pixels
    for row in 0..<box.height {
      let start = ((box.y + row) * width + box.x) * 3
      changed.replaceSubrange(
        start..<start + box.width * 3, with: part.pixels[row * box.width * 3..<(row + 1) * box.width * 3])
    }
    return Image(width: width, height: height, pixels: changed, metadata: metadata)
  }
}
