import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Cutting frames out of images and putting them back, beside the definitions in double precision.
struct FaceFrameTests {
  private static let width = 67, height = 53

  /// Frames of every kind, in an image of 67×53.
  private static let frames: [FaceFrame] =
    [
      // Whole pixels, fractions, as large as the image, over each border and all of them, outside.
      upright(10, 8, 30, 25), upright(10.3, 8.7, 20.5, 31.25), upright(0, 0, 67, 53),
      upright(-7.5, 10, 30, 20),
      upright(50, -4, 30.5, 40), upright(20, 30, 20, 40), upright(-20, -15, 110, 90), upright(30, 60, 20, 20),
      upright(67, 0, 10, 10), upright(20, 20, 2.5, 3),
      // Turned, mirrored, upside down.
      FaceFrame(corner: Point(x: 20, y: 5), right: Point(x: 25, y: 8), down: Point(x: -8, y: 25)),
      FaceFrame(corner: Point(x: 50, y: 10), right: Point(x: -30, y: 0), down: Point(x: 0, y: 30)),
      FaceFrame(corner: Point(x: 40, y: 45), right: Point(x: -25, y: -1), down: Point(x: 1, y: -25)),
    ]
    + (1...12).map { (seed: UInt64) in
      let n = randomDoubles(count: 6, seed: seed)
      return FaceFrame(
        corner: Point(x: 30 + 20 * n[0], y: 25 + 20 * n[1]), right: Point(x: 25 * n[2], y: 25 * n[3]),
        down: Point(x: 25 * n[4], y: 25 * n[5]))
    }

  private let image = Image(
    width: width, height: height, pixels: randomImage(width: width, height: height, seed: 4).pixels,
    alpha: randomImage(width: width, height: height, seed: 5).pixels.prefix(width * height).map { $0 },
    metadata: .init(colorProfile: Data([1, 2, 3]), exif: Data([4, 5])))

  // MARK: - Points

  // imagePoint(s, t) = corner + s·right + t·down, and cropPoint undoes it.
  @Test func pointsGoThereAndBack() {
    for (index, frame) in Self.frames.enumerated() {
      let n = randomDoubles(count: 2, seed: UInt64(index) + 40)
      let there = frame.imagePoint(Point(x: n[0], y: n[1]))
      #expect(abs(there.x - (frame.corner.x + n[0] * frame.right.x + n[1] * frame.down.x)) <= 1e-11)
      #expect(abs(there.y - (frame.corner.y + n[0] * frame.right.y + n[1] * frame.down.y)) <= 1e-11)
      let back = frame.cropPoint(there)
      // Solving two equations loses as many digits as the edges are long for the area they span.
      let edges = hypot(frame.right.x, frame.right.y) * hypot(frame.down.x, frame.down.y)
      let slenderness = edges / abs(frame.right.x * frame.down.y - frame.right.y * frame.down.x)
      #expect(
        abs(back.x - n[0]) <= 1e-12 * slenderness * 100 && abs(back.y - n[1]) <= 1e-12 * slenderness * 100)
    }
    #expect(Self.frames.count == 25)
  }

  // MARK: - Cutting

  // Each pixel is the mean of n×n bilinear samples in the middles of n×n equal parts of it, n the least whole
  // number that brings them no more than a pixel of the image apart. The kernel adds n² numbers up to 255
  // in single precision and rounds.
  @Test(arguments: [1, 5, 16, 80]) func cutsAreMeansOfBilinearSamples(size: Int) {
    let opaque = image.laidOverWhite()
    var compared = 0
    for frame in Self.frames {
      let isUpright = frame.right.y == 0 && frame.down.x == 0 && frame.right.x > 0 && frame.down.y > 0
      guard !isUpright else { continue }
      let got = image.cropped(to: frame, size: size)
      #expect(got.width == size && got.height == size && got.alpha == nil && got.metadata == .init())
      let longer = max(hypot(frame.right.x, frame.right.y), hypot(frame.down.x, frame.down.y))
      let samples = max((longer / Double(size)).rounded(.up), 1)
      var expected: [Double] = []
      for y in 0..<size {
        for x in 0..<size {
          var sums = [0.0, 0, 0]
          for v in 0..<Int(samples) {
            for u in 0..<Int(samples) {
              let s = (Double(x) + (Double(u) + 0.5) / samples) / Double(size)
              let t = (Double(y) + (Double(v) + 0.5) / samples) / Double(size)
              for (channel, value) in opaque.bilinear(frame.imagePoint(Point(x: s, y: t))).enumerated() {
                sums[channel] += value
              }
            }
          }
          expected += sums.map { $0 / (samples * samples) }
        }
      }
      let rounding = 255 * (samples * samples + 8) * 0x1p-24
      #expect(worstError(got.pixels.map { Double($0) }, expected, scale: 1) <= 0.5 + rounding, "\(frame)")
      compared += 1
    }
    #expect(compared == 15)
  }

  // Upright frames go through the filter of rectangles.
  @Test func uprightFramesAreRectangles() {
    let rectangle = Rectangle(x: 10.3, y: 8.7, width: 20.5, height: 31.25)
    #expect(
      image.cropped(to: FaceFrame(rectangle), size: 16)
        == image.cropped(to: rectangle, width: 16, height: 16))
    #expect(
      image.cropped(to: FaceFrame(Rectangle(x: 10, y: 8, width: 30, height: 30)), size: 30)
        == image.cropped(to: Rectangle(x: 10, y: 8, width: 30, height: 30)))
  }

  // A frame turned by a quarter at the image's own resolution has the image's pixels, turned.
  @Test func aQuarterTurnMovesPixels() {
    let frame = FaceFrame(corner: Point(x: 40, y: 12), right: Point(x: 0, y: 30), down: Point(x: -30, y: 0))
    let cut = image.cropped(to: frame, size: 30)
    let source = image.laidOverWhite()
    for y in 0..<30 {
      for x in 0..<30 {
        let place = (12 + x) * Self.width + 39 - y
        #expect(
          cut.pixels[(y * 30 + x) * 3..<(y * 30 + x) * 3 + 3] == source.pixels[place * 3..<place * 3 + 3])
      }
    }
  }

  // MARK: - Putting back

  // x' = x + m·(after − before) or x + m·(drawing − x), to the nearest of 0 … 255; the drawing between its
  // pixels by Catmull-Rom's cubic. Single precision rounds sums of sixteen products of numbers up to 255.
  @Test(arguments: [true, false]) func whatIsPutBackIsTheDefinition(adds: Bool) {
    let (before, after) = (
      randomImage(width: 12, height: 17, seed: 7), randomImage(width: 12, height: 17, seed: 8)
    )
    var (changed, covered) = (0, 0)
    for frame in Self.frames {
      // A drawing has no more pixels than the image has along the frame.
      let columns = min(12, Int(length(frame.right).rounded(.up)))
      let rows = min(17, Int(length(frame.down).rounded(.up)))
      let pixels = [after, before].map { $0.resized(width: columns, height: rows).pixels }
      let patch = zip(pixels[0], pixels[1]).map { adds ? Double($0) - Double($1) : Double($0) }
      let got =
        adds ? image.adding(changeFrom: before, to: after, in: frame) : image.replacing(frame, by: after)
      #expect(got.alpha == image.alpha && got.metadata == image.metadata)
      var worst = 0.0
      for y in 0..<Self.height {
        for x in 0..<Self.width {
          let place = frame.cropPoint(Point(x: Double(x) + 0.5, y: Double(y) + 0.5))
          let isInside = place.x > 0 && place.x < 1 && place.y > 0 && place.y < 1
          let weight = isInside ? mask(place, frame) : 0
          for channel in 0..<3 {
            let index = (y * Self.width + x) * 3 + channel
            let (old, new) = (image.pixels[index], got.pixels[index])
            guard isInside else {
              #expect(new == old, "\(frame) at (\(x), \(y))")
              continue
            }
            let drawn = catmullRom(
              patch, height: rows, width: columns, channels: 3, channel: channel, at: (place.x, place.y))
            let expected = Double(old) + weight * (adds ? drawn : drawn - Double(old))
            worst = max(worst, abs(Double(new) - min(max(expected, 0), 255)))
            covered += 1
            if new != old { changed += 1 }
          }
        }
      }
      #expect(worst <= 0.5 + 16 * 255 * 0x1p-22, "\(frame)")
    }
    #expect(covered > 10_000 && changed > covered / 2)
  }

  // No difference, no change, whatever the drawings and the frame.
  @Test func equalDrawingsChangeNothing() {
    let drawing = randomImage(width: 80, height: 80, seed: 3)
    for frame in Self.frames {
      #expect(image.adding(changeFrom: drawing, to: drawing, in: frame) == image)
    }
  }

  // At the image's own resolution a drawing's pixels fall on the image's, so that what was cut out goes
  // back.
  @Test func whatWasCutOutGoesBack() {
    let opaque = image.laidOverWhite()
    for rectangle in [
      Rectangle(x: 10, y: 8, width: 30, height: 30), Rectangle(x: 0, y: 0, width: 53, height: 53),
      Rectangle(x: 40, y: 20, width: 40, height: 40),
    ] {
      let frame = FaceFrame(rectangle)
      #expect(opaque.replacing(frame, by: opaque.cropped(to: rectangle)) == opaque)
    }
  }

  // A checkerboard of 0 and 255 has the mean 127.5 at any scale too coarse for it.
  @Test func aFineDrawingDoesNotAliasInASmallFrame() {
    let board = Image(
      width: 80, height: 80,
      pixels: (0..<80 * 80).flatMap { place in
        [UInt8](repeating: (place / 80 + place) % 2 == 0 ? 0 : 255, count: 3)
      })
    let image = Image(width: 17, height: 13, pixels: [UInt8](repeating: 200, count: 17 * 13 * 3))
    let replaced = image.replacing(FaceFrame(Rectangle(x: 0, y: 0, width: 17, height: 13)), by: board)
    for value in replaced.pixels { #expect(abs(Int(value) - 128) <= 12, "\(value)") }
  }

  // The sides of a frame over the whole image are outside, and hide no seam: the drawing is all there is.
  @Test func aFrameOverTheImageIsSharp() {
    let drawing = randomImage(width: Self.width, height: Self.height, seed: 9)
    let frame = Self.upright(0, 0, Double(Self.width), Double(Self.height))
    #expect(image.replacing(frame, by: drawing).pixels == drawing.pixels)
    #expect(
      image.adding(changeFrom: image, to: drawing, in: frame).pixels == drawing.pixels)
  }

  // Frames beside the image, near and far.
  @Test func aFrameOutsideChangesNothing() {
    let (before, after) = (
      randomImage(width: 9, height: 9, seed: 1), randomImage(width: 9, height: 9, seed: 2)
    )
    var frames = [(-40.0, 10.0), (67, 10), (10, -40), (10, 53), (-1e9, -1e9), (1e12, 0)].map {
      Self.upright($0.0, $0.1, 40, 40)
    }
    // Its bounding box meets the image, the frame itself does not.
    frames.append(
      FaceFrame(corner: Point(x: -30, y: 20), right: Point(x: 40, y: -40), down: Point(x: -10, y: -10)))
    for frame in frames {
      #expect(image.adding(changeFrom: before, to: after, in: frame) == image, "\(frame)")
      #expect(image.replacing(frame, by: after) == image, "\(frame)")
    }
  }

  // The smallest images and drawings.
  @Test func aPixelIsAPicture() {
    let dot = randomImage(width: 1, height: 1, seed: 1), other = randomImage(width: 1, height: 1, seed: 2)
    let whole = Self.upright(0, 0, 1, 1)
    #expect(dot.replacing(whole, by: other) == other)
    #expect(dot.cropped(to: whole, size: 1) == dot)
    let slanted = FaceFrame(corner: Point(x: 1, y: -2), right: Point(x: 3, y: 3), down: Point(x: -3, y: 3))
    #expect(
      dot.cropped(to: slanted, size: 4).pixels == Array(repeating: dot.pixels, count: 16).flatMap { $0 })
  }

  // MARK: - Definitions

  private static func upright(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> FaceFrame {
    FaceFrame(Rectangle(x: x, y: y, width: width, height: height))
  }

  private func length(_ edge: Point) -> Double { (edge.x * edge.x + edge.y * edge.y).squareRoot() }

  /// 3r² − 2r³ of the distance r from the nearest side, in fifths of the frame and at most 1; sides whose
  /// both ends are over one edge of the image do not count.
  private func mask(_ place: Point, _ frame: FaceFrame) -> Double {
    let sides = [
      (place.x, (0.0, 0.0), (0.0, 1.0)), (place.y, (0, 0), (1, 0)), (1 - place.x, (1, 0), (1, 1)),
      (1 - place.y, (0, 1), (1, 1)),
    ]
    let r = sides.filter { side in
      let ends = [side.1, side.2].map { frame.imagePoint(Point(x: $0.0, y: $0.1)) }
      return
        !(ends.allSatisfy { $0.x <= 0 } || ends.allSatisfy { $0.y <= 0 }
        || ends.allSatisfy { $0.x >= Double(Self.width) } || ends.allSatisfy { $0.y >= Double(Self.height) })
    }.reduce(1.0) { min($0, $1.0 / 0.2) }
    return r * r * (3 - 2 * r)
  }
}

extension Image {
  /// The color at a point between the pixels' centers, the border repeated.
  fileprivate func bilinear(_ point: Point) -> [Double] {
    let x = min(max(point.x - 0.5, 0), Double(width - 1)), y = min(max(point.y - 0.5, 0), Double(height - 1))
    return (0..<3).map { channel in
      var sum = 0.0
      for row in Int(y)...min(Int(y) + 1, height - 1) {
        for column in Int(x)...min(Int(x) + 1, width - 1) {
          let weight = max(1 - abs(y - Double(row)), 0) * max(1 - abs(x - Double(column)), 0)
          sum += weight * Double(pixels[(row * width + column) * 3 + channel])
        }
      }
      return sum
    }
  }
}
