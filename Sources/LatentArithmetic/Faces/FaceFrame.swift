import LatentCore

/// Where in an image a crop was cut out, and with it the way back.
///
/// A frame is a parallelogram; the point (s, t) of the crop, both from 0 to 1, is the image's point
/// `corner + s · right + t · down`.
public struct FaceFrame: Sendable, Hashable {
  /// The image's point that becomes the crop's top left corner.
  public let corner: Point
  /// The vector along the crop's top edge.
  public let right: Point
  /// The vector down the crop's left edge.
  public let down: Point

  /// Makes a frame of a corner and two edges.
  ///
  /// - Precondition: The edges are finite and not parallel.
  public init(corner: Point, right: Point, down: Point) {
    let area = right.x * down.y - right.y * down.x
    precondition(area.isFinite && area != 0, "\(right) and \(down) span no frame.")
    (self.corner, self.right, self.down) = (corner, right, down)
  }

  /// The frame of an upright rectangle.
  ///
  /// - Precondition: Its sides are positive.
  public init(_ rectangle: Rectangle) {
    self.init(
      corner: Point(x: rectangle.x, y: rectangle.y), right: Point(x: rectangle.width, y: 0),
      down: Point(x: 0, y: rectangle.height))
  }

  /// The image's point at (s, t) of the crop.
  package func imagePoint(_ point: Point) -> Point { corner + point.x * right + point.y * down }

  /// The crop's point (s, t) at a point of the image, (0, 0) at the frame's corner and (1, 1) opposite to it.
  package func cropPoint(_ point: Point) -> Point {
    let (offset, area) = (point - corner, right.x * down.y - right.y * down.x)
    return Point(
      x: (offset.x * down.y - offset.y * down.x) / area, y: (offset.y * right.x - offset.x * right.y) / area)
  }

  /// The frame as a rectangle, nil when it is turned or mirrored.
  fileprivate var uprightRectangle: Rectangle? {
    guard right.y == 0, down.x == 0, right.x > 0, down.y > 0 else { return nil }
    return Rectangle(x: corner.x, y: corner.y, width: right.x, height: down.y)
  }

  /// Over which part of the frame the mask rises from the left, top, right and bottom side.
  ///
  /// A side outside the image has no seam to hide, and the mask is sharp there.
  fileprivate func feathers(_ extent: Double, in image: Image) -> [Double] {
    sidesInside(image).map { $0 ? extent : 0 }
  }

  /// Whether the left, top, right and bottom side run through the image.
  func sidesInside(_ image: Image) -> [Bool] {
    let (width, height) = (Double(image.width), Double(image.height))
    let corners = [(0.0, 1.0), (0, 0), (1, 0), (1, 1), (0, 1)].map { imagePoint(Point(x: $0, y: $1)) }
    return zip(corners, corners.dropFirst()).map { a, b in
      max(a.x, b.x) > 0 && max(a.y, b.y) > 0 && min(a.x, b.x) < width && min(a.y, b.y) < height
    }
  }

  /// How many rows and columns of a drawing of the frame the image has pixels for, so that what a small face cannot
  /// show does not alias.
  func resolution(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
    (min(rows, max(1, Int(down.length.rounded(.up)))), min(columns, max(1, Int(right.length.rounded(.up)))))
  }

  fileprivate var numbers: Kernels.Frame { [corner.x, corner.y, right.x, right.y, down.x, down.y] }
}

extension Image {
  /// The crop inside a frame, `size` pixels square.
  ///
  /// Upright frames are resized by the filter of ``resized(width:height:)``. Each pixel of a slanted one is the mean of
  /// bilinear samples no more than a pixel of the image apart. Where the frame leaves the image, the nearest border
  /// pixel is repeated.
  ///
  /// - Precondition: `size` is positive.
  public func cropped(to frame: FaceFrame, size: Int) -> Image {
    if let rectangle = frame.uprightRectangle { return cropped(to: rectangle, width: size, height: size) }
    return Image(
      width: size, height: size,
      pixels: Kernels.cut(
        frame.numbers, outOf: laidOverWhite().pixels, height: height, width: width, outHeight: size,
        outWidth: size, threads: 1
      ))
  }

  /// The image with what changed between two drawings of a crop added inside its frame.
  ///
  /// x' = x + m·(after − before), at the image's own resolution, with m the mask: 0 on the sides of the frame, 1 from a
  /// fifth of its extent inward; a side that is outside the image has no seam and is not faded. So the image keeps
  /// the detail that the drawings lack, two equal drawings change nothing, and pixels outside the frame are never
  /// touched. A gray image stays gray. Transparency and metadata are kept.
  ///
  /// - Precondition: Both drawings have one size.
  package func adding(changeFrom before: Image, to after: Image, in frame: FaceFrame) -> Image {
    precondition(
      before.width == after.width && before.height == after.height,
      "Drawings of \(before.width)×\(before.height) and \(after.width)×\(after.height) have no difference.")
    let (after, before) = (after.notFiner(than: frame), before.notFiner(than: frame))
    let change = zip(after.pixels, before.pixels).map { Float($0) - Float($1) }
    return puttingBack(
      Tensor(colors: change, opacity: 0, height: after.height, width: after.width), in: frame, feather: 0.2)
  }

  /// The image with a drawing in place of what is inside a frame: x' = x + m·(drawing − x), by the mask of
  /// ``adding(changeFrom:to:in:)``, in gray where the image is gray.
  package func replacing(_ frame: FaceFrame, by drawing: Image) -> Image {
    let drawing = drawing.notFiner(than: frame)
    let colors = drawing.pixels.map { Float($0) }
    return puttingBack(
      Tensor(colors: colors, opacity: 1, height: drawing.height, width: drawing.width), in: frame,
      feather: 0.2)
  }

  /// The image with a patch of shape [height, width, 4] in a frame: x' = x + m·(color − opacity·x) with m the mask
  /// that rises over `feather`, a part of the frame's extent, from each side that lies in the image.
  ///
  /// Of colors for a gray image the luma is taken, so that it stays gray.
  func puttingBack(_ patch: Tensor, in frame: FaceFrame, feather: Double) -> Image {
    var changed = pixels
    Kernels.putBack(
      isGray ? patch.withGrayColors : patch, into: &changed, height: height, width: width,
      frame: frame.numbers, feathers: frame.feathers(feather, in: self), threads: 1)
    return Image(width: width, height: height, pixels: changed, alpha: alpha, metadata: metadata)
  }

  /// A drawing with no more pixels along the edges of its frame than the image has there.
  private func notFiner(than frame: FaceFrame) -> Image {
    let (rows, columns) = frame.resolution(rows: height, columns: width)
    return columns == width && rows == height ? self : resized(width: columns, height: rows)
  }
}

extension Tensor {
  /// A patch of red, green and blue and of one opacity everywhere.
  fileprivate init(colors: [Float], opacity: Float, height: Int, width: Int) {
    self.init(unsafeUninitialized: [height, width, 4]) { patch in
      for index in patch.indices {
        patch[index] = index % 4 == 3 ? opacity : colors[index / 4 * 3 + index % 4]
      }
    }
  }

  /// A patch with its luma in place of its red, green and blue.
  fileprivate var withGrayColors: Tensor {
    var gray = self
    gray.withMutableElements { patch in
      for pixel in stride(from: 0, to: patch.count, by: 4) {
        let luma = Image.luma(patch[pixel], patch[pixel + 1], patch[pixel + 2])
        for channel in pixel..<pixel + 3 { patch[channel] = luma }
      }
    }
    return gray
  }
}
