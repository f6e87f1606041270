import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Painting colors through a mask into a photo, beside the definition in double precision.
struct PaintingTests {
  private static let width = 67, height = 53
  /// Upright and slanted, mirrored, over borders and corners, outside, and with fewer pixels than what is drawn.
  private static let frames: [FaceFrame] = [
    FaceFrame(Rectangle(x: 10.3, y: 8.7, width: 40.5, height: 31.25)),
    FaceFrame(Rectangle(x: 0, y: 0, width: 67, height: 53)),
    FaceFrame(Rectangle(x: -20, y: -15, width: 110, height: 90)),
    FaceFrame(Rectangle(x: 30, y: 60, width: 20, height: 20)),
    FaceFrame(Rectangle(x: 20, y: 20, width: 7.5, height: 6)),
    FaceFrame(corner: Point(x: 20, y: 5), right: Point(x: 35, y: 8), down: Point(x: -8, y: 35)),
    FaceFrame(corner: Point(x: 60, y: -10), right: Point(x: -45, y: 12), down: Point(x: 10, y: 50)),
    FaceFrame(corner: Point(x: 40, y: 45), right: Point(x: -25, y: -1), down: Point(x: 1, y: -25)),
  ]

  private let image = Image(
    width: width, height: height, pixels: randomImage(width: width, height: height, seed: 4).pixels,
    alpha: randomImage(width: width, height: height, seed: 5).pixels.prefix(width * height).map { $0 },
    metadata: .init(colorProfile: Data([1, 2, 3]), exif: Data([4, 5])))

  // MARK: - The definition

  // X' = X + f·(p↑ − t↑·X) with p = m̂·(e − (1 − k)·x), t = m̂·k, m̂ fading to 0 at the corners, ↑ Catmull-Rom's cubic and f the fade of 6 % of the frame.
  // The variances are differences of means near 1, each off by some 2⁻²², to be divided by 0.0036 or more: d is off by
  // 3·2⁻²²/0.0036 = 2e-4 at the most, k by 3 times that, and colors up to 255 by 0.16.
  @Test func paintingIsTheDefinition() {
    var (covered, partly) = (0, 0)
    for (index, frame) in Self.frames.enumerated() where index != 4 {
      let drawn = Drawn(height: 17, width: 12, seed: UInt64(index) + 20)
      let got = image.painting(drawn.colors, mask: drawn.mask, over: drawn.crop, in: frame)
      #expect(got.alpha == image.alpha && got.metadata == image.metadata)
      let (patch, details) = drawn.patch(fading: sidesInside(frame))
      partly += details.count { $0 > 0.01 && $0 < 0.99 }
      func interpolated(_ channel: Int, at place: Point) -> Double {
        catmullRom(
          patch, height: drawn.height, width: drawn.width, channels: 4, channel: channel,
          at: (place.x, place.y))
      }
      var worst = 0.0
      for y in 0..<Self.height {
        for x in 0..<Self.width {
          let place = frame.cropPoint(Point(x: Double(x) + 0.5, y: Double(y) + 0.5))
          for channel in 0..<3 {
            let index = (y * Self.width + x) * 3 + channel
            let old = Double(image.pixels[index])
            var expected = old
            if place.x > 0, place.x < 1, place.y > 0, place.y < 1 {
              let (color, opacity) = (interpolated(channel, at: place), interpolated(3, at: place))
              expected += fade(place, frame) * (color - opacity * old)
              covered += 1
            }
            worst = max(worst, abs(Double(got.pixels[index]) - min(max(expected, 0), 255)))
          }
        }
      }
      #expect(worst <= 0.5 + 0.16, "\(frame)")
    }
    #expect(covered > 10_000 && partly > 100)
  }

  // MARK: - What stays

  // m ≤ 0.02 is closed, whatever the colors: m̂ = 0.
  @Test func anEmptyMaskIsTheImage() {
    for (index, frame) in Self.frames.enumerated() {
      let drawn = Drawn(height: 40, width: 40, seed: UInt64(index))
      let closed = Tensor(shape: [40, 40, 1], elements: drawn.mask.elements.map { 0.02 * $0 })
      let got = image.painting(drawn.colors, mask: closed, over: drawn.crop, in: frame)
      #expect(got == image && got.metadata == image.metadata)
    }
  }

  // The cubic reaches two pixels of the drawing: further from the mask, every bit stays.
  @Test func pixelsBesideTheMaskKeepTheirBits() {
    let drawn = Drawn(height: 20, width: 20, seed: 6)
    let isOpen = (0..<400).map { $0 % 20 < 8 && $0 / 20 >= 11 }
    let mask = Tensor(shape: [20, 20, 1], elements: isOpen.map { $0 ? 1 : 0.01 })
    for frame in Self.frames where frame != Self.frames[4] {
      let got = image.painting(drawn.colors, mask: mask, over: drawn.crop, in: frame)
      var changed = 0
      for pixel in 0..<Self.width * Self.height {
        let point = Point(x: Double(pixel % Self.width) + 0.5, y: Double(pixel / Self.width) + 0.5)
        let place = frame.cropPoint(point)
        let range = pixel * 3..<pixel * 3 + 3
        if place.x * 20 - 0.5 >= 9 || place.y * 20 - 0.5 <= 9 {
          #expect(got.pixels[range] == image.pixels[range])
        } else if got.pixels[range] != image.pixels[range] {
          changed += 1
        }
      }
      #expect(changed > 50 || frame == Self.frames[3])
    }
  }

  // e = x: no structure changes, k = 0, and nothing is added.
  @Test func theCropItselfChangesNothing() {
    for (index, frame) in Self.frames.enumerated() {
      let crop = Drawn(height: 33, width: 33, seed: UInt64(index)).crop
      let open = Tensor(shape: [33, 33, 1], repeating: 1)
      let got = image.painting(crop, mask: open, over: crop, in: frame)
      #expect(zip(got.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }
  }

  // Another color and half the contrast: d = (1 − ½)²/(1 + ½²) = 0.2 at most, so k = 0 and X' = X + (e − x)↑. With x the
  // means of 4×4 pixels, X − x↑ is what X has within them, and so has X'.
  @Test func aChangeOfColorKeepsFineDetail() {
    let photo = opaque(side: 80) { x, y in 128 + 40 * sin(Double(x) / 9) + ((x + y) % 2 == 0 ? 20 : -20) }
    let frame = FaceFrame(Rectangle(x: 0, y: 0, width: 80, height: 80))
    let crop = photo.cropped(to: frame, size: 20)
    let x = Tensor(crop).reshaped(to: [20, 20, 3])
    let shifts: [Float] = [0.3, -0.2, 0.1]
    let e = Tensor(
      shape: x.shape, elements: x.elements.enumerated().map { 0.5 * $0.element + shifts[$0.offset % 3] })
    let got = photo.painting(e, mask: Tensor(shape: [20, 20, 1], repeating: 1), over: x, in: frame)
    for y in 1..<80 {
      for x in 1..<80 {
        for channel in 0..<3 {
          func second(_ image: Image) -> Int {
            let p = image.pixels
            func at(_ x: Int, _ y: Int) -> Int { Int(p[(y * 80 + x) * 3 + channel]) }
            return at(x, y) - at(x - 1, y) - at(x, y - 1) + at(x - 1, y - 1)
          }
          // Steps of the checkerboard; the smooth part has next to none in both directions at once.
          #expect(abs(second(got) - second(photo)) <= 4 && abs(second(photo)) >= 70)
        }
      }
    }
  }

  // Structure that is gone: σ²(x) ≫ C and σ²(e) = 0, so d ≈ 1, k = 1 and X' = e.
  @Test func ofWhatIsReplacedNothingShines() {
    let photo = opaque(side: 80) { x, y in
      ((x / 8 + y / 8) % 2 == 0 ? 190 : 60) + ((x + y) % 2 == 0 ? 25 : -25)
    }
    // Turned by a right angle, and upright.
    for frame in [
      FaceFrame(corner: Point(x: 80, y: 0), right: Point(x: 0, y: 80), down: Point(x: -80, y: 0)),
      FaceFrame(Rectangle(x: 0, y: 0, width: 80, height: 80)),
    ] {
      let x = Tensor(photo.cropped(to: frame, size: 20)).reshaped(to: [20, 20, 3])
      let e = Tensor(shape: x.shape, elements: (0..<1200).map { [0.5, -0.25, 0][$0 % 3] })
      let got = photo.painting(e, mask: Tensor(shape: [20, 20, 1], repeating: 1), over: x, in: frame)
      let expected = [0.5, -0.25, 0].map { 127.5 * ($0 + 1) }
      for (index, value) in got.pixels.enumerated() {
        #expect(abs(Double(value) - expected[index % 3]) <= 1)
      }
    }
  }

  // MARK: - Frames

  // Over the outermost 6 % of a side the mask rises from 0; a side outside the image has none.
  @Test func sidesInTheImageFade() {
    let photo = opaque(side: 100) { _, _ in 100 }
    let frame = FaceFrame(Rectangle(x: 20, y: -10, width: 100, height: 100))
    let crop = Tensor(shape: [50, 50, 3], repeating: Float(100) / 127.5 - 1)
    let colors = Tensor(shape: [50, 50, 3], elements: (0..<7500).map { [0.5, -0.5, 0.9][$0 % 3] })
    let got = photo.painting(colors, mask: Tensor(shape: [50, 50, 1], repeating: 1), over: crop, in: frame)
    let full = [191.0, 64, 242]
    for y in 0..<100 {
      for x in 0..<100 {
        let rise = min(max(Double(x) + 0.5 - 20, 0), max(90 - Double(y) - 0.5, 0), 6) / 6
        // All corners fade but that at the right and top, which has both sides outside.
        let (u, v) = ((Double(x) + 0.5 - 70) / 50, (Double(y) + 0.5 - 40) / 50)
        let ramp = u > 0 && v < 0 ? 0 : min(max((hypot(u, v) - 1.05) / 0.35, 0), 1)
        let mask = rise * rise * (3 - 2 * rise) * (1 - ramp * ramp * (3 - 2 * ramp))
        for channel in 0..<3 {
          let value = Double(got.pixels[(y * 100 + x) * 3 + channel])
          let old = [100.0, 103, 100][channel]
          // The corner's fade is the drawing's, of 50 pixels, enlarged.
          #expect(abs(value - old - mask * (full[channel] - 100)) <= (ramp > 0 ? 4 : 1))
        }
      }
    }
  }

  // A checkerboard of colors, and one of masks, is its mean at any scale too coarse for it.
  @Test func aFineDrawingDoesNotAliasInASmallFrame() {
    let photo = opaque(side: 20) { _, _ in 100 }
    let frame = FaceFrame(Rectangle(x: 0, y: 0, width: 20, height: 20))
    let crop = Tensor(shape: [96, 96, 3], repeating: Float(100) / 127.5 - 1)
    func board(_ low: Float, _ high: Float, channels: Int) -> Tensor {
      let values = (0..<96 * 96 * channels).map { index -> Float in
        let place = index / channels
        return (place / 96 + place) % 2 == 0 ? low : high
      }
      return Tensor(shape: [96, 96, channels], elements: values)
    }
    let open = Tensor(shape: [96, 96, 1], repeating: 1)
    let white = Tensor(shape: [96, 96, 3], repeating: 1)
    for value in photo.painting(board(-1, 1, channels: 3), mask: open, over: crop, in: frame).pixels {
      #expect(abs(Double(value) - 127.5) <= 8)
    }
    for value in photo.painting(white, mask: board(0, 1, channels: 1), over: crop, in: frame).pixels {
      #expect(abs(Double(value) - 177.5) <= 8)
    }
  }

  // MARK: - Gray

  // Into a gray photo go the colors' lumas.
  @Test func aGrayPhotoStaysGray() {
    let gray = Image(
      width: Self.width, height: Self.height,
      pixels: (0..<image.pixels.count).map { image.pixels[$0 / 3 * 3] })
    let drawn = Drawn(height: 24, width: 24, seed: 9)
    for frame in Self.frames where frame != Self.frames[3] {
      let got = gray.painting(drawn.colors, mask: drawn.mask, over: drawn.crop, in: frame)
      #expect(got != gray)
      for pixel in stride(from: 0, to: got.pixels.count, by: 3) {
        #expect(got.pixels[pixel] == got.pixels[pixel + 1] && got.pixels[pixel] == got.pixels[pixel + 2])
      }
    }
  }

  // MARK: - Definitions

  private func opaque(side: Int, _ value: (Int, Int) -> Double) -> Image {
    let pixels = (0..<side * side).flatMap { place -> [UInt8] in
      // Not gray: green is 3 above.
      let byte = UInt8(value(place % side, place / side).rounded())
      return [byte, byte + 3, byte]
    }
    return Image(width: side, height: side, pixels: pixels)
  }

  /// 3r² − 2r³ of the distance r from the nearest side that does not lie outside the image, in 6 % of the frame.
  private func fade(_ place: Point, _ frame: FaceFrame) -> Double {
    let r = zip([place.x, place.y, 1 - place.x, 1 - place.y], sidesInside(frame)).filter(\.1)
      .reduce(1.0) { min($0, $1.0 / 0.06) }
    return r * r * (3 - 2 * r)
  }

  /// Of the left, top, right and bottom side, whether it does not lie outside the image.
  private func sidesInside(_ frame: FaceFrame) -> [Bool] {
    let corners = [(0.0, 1.0), (0, 0), (1, 0), (1, 1), (0, 1)].map {
      frame.imagePoint(Point(x: $0.0, y: $0.1))
    }
    return zip(corners, corners.dropFirst()).map { a, b in
      let ends = [a, b]
      return
        !(ends.allSatisfy { $0.x <= 0 } || ends.allSatisfy { $0.y <= 0 }
        || ends.allSatisfy { $0.x >= Double(Self.width) } || ends.allSatisfy { $0.y >= Double(Self.height) })
    }
  }
}

/// What a painter saw and drew: the colors resemble the crop here more, there less.
private struct Drawn {
  let height: Int, width: Int
  let colors: Tensor, crop: Tensor, mask: Tensor

  init(height: Int, width: Int, seed: UInt64) {
    (self.height, self.width) = (height, width)
    let x = randomFloats(count: height * width * 3, seed: 3 * seed).map { min(max(0.4 * $0, -1), 1) }
    let other = randomFloats(count: height * width * 3, seed: 3 * seed + 1)
    let e = x.indices.map { index -> Float in
      let strangeness = 0.5 * Float(index / 3 % width) / Float(width)
      return min(max(0.8 * x[index] + strangeness * other[index] + [0.1, -0.1, 0.05][index % 3], -1), 1)
    }
    let m = randomFloats(count: height * width, seed: 3 * seed + 2).map { min(max(0.5 + 0.5 * $0, 0), 1) }
    colors = Tensor(shape: [height, width, 3], elements: e)
    crop = Tensor(shape: [height, width, 3], elements: x)
    mask = Tensor(shape: [height, width, 1], elements: m)
  }

  /// Premultiplied colors and opacities, and k.
  func patch(fading sides: [Bool]) -> (values: [Double], details: [Double]) {
    let (e, x, m) = (colors.elements, crop.elements, mask.elements)
    var (values, details): ([Double], [Double]) = ([], [])
    for pixel in m.indices {
      let k = replacedDetail(row: pixel / width, column: pixel % width)
      // Distance from the middle in halves of the sides.
      let u = 2 * (Double(pixel % width) + 0.5) / Double(width) - 1
      let v = 2 * (Double(pixel / width) + 0.5) / Double(height) - 1
      let fades = (u < 0 ? sides[0] : sides[2]) || (v < 0 ? sides[1] : sides[3])
      let ramp = fades ? min(max((hypot(u, v) - 1.05) / 0.35, 0), 1) : 0
      let open = min(max((Double(m[pixel]) - 0.02) / 0.96, 0), 1) * (1 - ramp * ramp * (3 - 2 * ramp))
      for index in pixel * 3..<pixel * 3 + 3 {
        let (new, old) = (127.5 * (Double(e[index]) + 1), 127.5 * (Double(x[index]) + 1))
        values.append(open * (new - (1 - k) * old))
      }
      values.append(open * k)
      details.append(k)
    }
    return (values, details)
  }

  /// The smoothstep, from 0.3 to 0.8, of 1 − (2·cov + C)/(var + var + C) of lumas in binomial windows.
  private func replacedDetail(row: Int, column: Int) -> Double {
    func luma(_ tensor: Tensor, _ pixel: Int) -> Double {
      let color = tensor.elements[pixel * 3..<pixel * 3 + 3].map { Double($0) }
      return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
    }
    var samples: [(weight: Double, x: Double, e: Double)] = []
    for i in max(row - 2, 0)...min(row + 2, height - 1) {
      for j in max(column - 2, 0)...min(column + 2, width - 1) {
        let binomials = [1.0, 4, 6, 4, 1], pixel = i * width + j
        samples.append(
          (binomials[i - row + 2] * binomials[j - column + 2], luma(crop, pixel), luma(colors, pixel)))
      }
    }
    let total = samples.reduce(0) { $0 + $1.weight }
    func mean(_ value: (Double, Double) -> Double) -> Double {
      samples.reduce(0) { $0 + $1.weight * value($1.x, $1.e) } / total
    }
    let (mx, me) = (mean { x, _ in x }, mean { _, e in e })
    let (vx, ve) = (mean { x, _ in (x - mx) * (x - mx) }, mean { _, e in (e - me) * (e - me) })
    let covariance = mean { x, e in (x - mx) * (e - me) }
    let d = 1 - (2 * covariance + 0.0036) / (vx + ve + 0.0036)
    let r = min(max((d - 0.3) / 0.5, 0), 1)
    return r * r * (3 - 2 * r)
  }
}
