import CKernels
import Foundation
import TestSupport
import Testing

/// Frames of random pictures and patches, beside the definitions in double precision.
@Suite struct WarpTests {
  struct Case: CustomTestStringConvertible {
    let picture: (height: Int, width: Int)
    let patch: (height: Int, width: Int)
    /// Corner, edge along the top, edge down the left.
    let frame: [Double]
    let feather: [Double]
    var testDescription: String { "picture \(picture), patch \(patch), frame \(frame), feather \(feather)" }

    fileprivate var randomImage: [UInt8] {
      randomFloats(count: picture.height * picture.width * 3, seed: 1)
        .map { UInt8(min(max(128 + 60 * $0, 0), 255)) }
    }
    /// Colors about 128 and opacities about ½; a third of the patch's pixels are 0 in all four, and all in every other square
    /// of six.
    fileprivate var randomPatch: [Float] {
      let pixels = patch.height * patch.width
      let colors = randomFloats(count: pixels * 4, seed: 2), kept = randomFloats(count: pixels, seed: 3)
      return colors.enumerated().map { index, value in
        let (row, column) = (index / 4 / patch.width, index / 4 % patch.width)
        if kept[index / 4] < -0.43 || (row / 6 + column / 6) % 2 == 1 { return 0 }
        return index % 4 == 3 ? 0.5 + 0.5 * value : 128 + 60 * value
      }
    }
  }

  /// Slanted, mirrored and upright frames in, around and beside a picture; half the sides have a feather.
  static let cases: [Case] = randomShapes(60) { stream in
    let (height, width) = (stream.size(upTo: 40), stream.size(upTo: 40))
    func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &stream) }
    let isUpright = Bool.random(using: &stream)
    let longest = Double(max(height, width)) * 1.5
    let frame = [
      number(-0.3...0.8) * Double(width), number(-0.3...0.8) * Double(height), number(-longest...longest),
      isUpright ? 0 : number(-longest...longest), isUpright ? 0 : number(-longest...longest),
      number(-longest...longest),
    ]
    return Case(
      picture: (height, width), patch: (stream.size(upTo: 30), stream.size(upTo: 30)), frame: frame,
      feather: (0..<4).map { _ in Bool.random(using: &stream) ? number(0.05...0.5) : 0 })
  }

  // Each pixel is the mean of n×n bilinear samples in the middles of equal parts of it, n the least whole number that
  // brings them no more than a pixel of the picture apart. n² numbers up to 255 are added in single precision.
  @Test(arguments: cases) func cutsAreMeansOfBilinearSamples(_ item: Case) {
    let (image, f) = (item.randomImage, item.frame)
    let (rows, columns) = (item.patch.height, item.patch.width)
    let longer = max(hypot(f[2], f[3]) / Double(columns), hypot(f[4], f[5]) / Double(rows))
    let samples = max(Int(longer.rounded(.up)), 1)
    var expected: [Double] = []
    for y in 0..<rows * samples where y % samples == 0 {
      for x in 0..<columns * samples where x % samples == 0 {
        var sums = [0.0, 0, 0]
        for v in y..<y + samples {
          for u in x..<x + samples {
            let s = (Double(u) + 0.5) / Double(columns * samples)
            let t = (Double(v) + 0.5) / Double(rows * samples)
            let place = (x: f[0] + s * f[2] + t * f[4], y: f[1] + s * f[3] + t * f[5])
            for channel in 0..<3 { sums[channel] += bilinear(image, item, channel, at: place) }
          }
        }
        expected += sums.map { $0 / Double(samples * samples) }
      }
    }
    let results = [Int32(1), 2, 3].map { threads in
      var out = [UInt8](repeating: 99, count: rows * columns * 3)
      ck_cut_frame(image, item.picture.height, item.picture.width, f, rows, columns, &out, threads)
      return out
    }
    let rounding = 255 * Double(samples * samples + 8) * 0x1p-24
    #expect(!expected.isEmpty)
    #expect(worstError(results[0].map { Double($0) }, expected, scale: 1) <= 0.5 + rounding)
    #expect(results.allSatisfy { $0 == results[0] })
  }

  // x' = x + m·(color − opacity·x), to the nearest of 0 … 255. Sixteen products are summed in single precision, by
  // weights whose magnitudes sum to less than 2 (5/4 a direction); colors stay below 512, opacities below 4. Pixels
  // whose center is not inside keep their bits, and so do those with nothing but 0 around: a whole number off by less
  // than 1 is not off.
  @Test(arguments: cases) func whatIsPutBackIsTheDefinition(_ item: Case) {
    let (image, f, patch) = (item.randomImage, item.frame, item.randomPatch)
    let results = [Int32(1), 2, 3].map { threads in
      var result = image
      ck_put_back_frame(
        &result, item.picture.height, item.picture.width, f, patch, item.patch.height, item.patch.width,
        item.feather, threads)
      return result
    }
    let exact = patch.map(Double.init)
    func interpolated(_ channel: Int, at place: (s: Double, t: Double)) -> Double {
      catmullRom(
        exact, height: item.patch.height, width: item.patch.width, channels: 4, channel: channel, at: place)
    }
    let area = f[2] * f[5] - f[3] * f[4]
    // Solving for a place loses as many digits as the edges are long for the area they span.
    let slenderness = hypot(f[2], f[3]) * hypot(f[4], f[5]) / abs(area)
    var worst = 0.0
    for index in image.indices {
      let (x, y) = (
        Double(index / 3 % item.picture.width) + 0.5 - f[0],
        Double(index / 3 / item.picture.width) + 0.5 - f[1]
      )
      let (s, t) = ((x * f[5] - y * f[4]) / area, (y * f[2] - x * f[3]) / area)
      let inward = [s, t, 1 - s, 1 - t]
      let depth = inward.min() ?? .nan
      // A center on a sharp side may fall on either.
      if abs(depth) <= 1e-12 * slenderness * 100 { continue }
      guard depth > 0 else {
        #expect(results[0][index] == image[index])
        continue
      }
      let ramp = zip(inward, item.feather).reduce(1.0) { $1.1 > 0 ? min($0, $1.0 / $1.1) : $0 }
      let (color, opacity) = (
        interpolated(index % 3, at: (s, t)), interpolated(3, at: (s, t))
      )
      let old = Double(image[index])
      let expected = old + ramp * ramp * (3 - 2 * ramp) * (color - opacity * old)
      let error = abs(Double(results[0][index]) - min(max(expected, 0), 255))
      worst = error.isFinite ? max(worst, error) : .infinity
    }
    let rounding = 16 * 2 * (512 + 4 * 255) * 0x1p-23
    #expect(worst <= 0.5 + rounding)
    #expect(results.allSatisfy { $0 == results[0] })
  }

  // The least number of samples a side is one, the most 64: of a frame 100 pixels long cut to one pixel, every
  // 100/64th is seen.
  @Test func samplesAreBounded() {
    let image = (0..<100).flatMap { [UInt8](repeating: UInt8($0 * $0 % 256), count: 3) }
    var out = [UInt8](repeating: 0, count: 3)
    ck_cut_frame(image, 1, 100, [0, 0, 100, 0, 0, 1], 1, 1, &out, 1)
    let item = Case(picture: (1, 100), patch: (1, 1), frame: [], feather: [])
    let mean = (0..<64).reduce(0.0) { sum, k in
      sum + bilinear(image, item, 0, at: ((Double(k) + 0.5) * 100 / 64, 0.5)) / 64
    }
    #expect(out.allSatisfy { abs(Double($0) - mean) <= 0.51 })
    let every = (0..<100).reduce(0.0) { $0 + Double(image[3 * $1]) / 100 }
    #expect(abs(mean - every) > 0.51)
  }

  // The cases meet every kind: frames with pixels inside and beside the picture, with and without feather.
  @Test func casesAreOfEveryKind() {
    #expect(Self.cases.count { $0.feather.allSatisfy { $0 == 0 } } > 0)
    #expect(Self.cases.count { $0.frame[3] == 0 } > 10 && Self.cases.count { $0.frame[3] != 0 } > 10)
  }
}

private func clamped(_ index: Int, below count: Int) -> Int { min(max(index, 0), count - 1) }

/// Σ over the four neighbors (1 − |Δy|)(1 − |Δx|)·pixel, the border repeated; centers lie at halves.
private func bilinear(
  _ image: [UInt8], _ item: WarpTests.Case, _ channel: Int, at place: (x: Double, y: Double)
) -> Double {
  let (height, width) = item.picture
  let x = min(max(place.x - 0.5, 0), Double(width - 1)), y = min(max(place.y - 0.5, 0), Double(height - 1))
  var sum = 0.0
  for row in Int(y)...Int(y) + 1 {
    for column in Int(x)...Int(x) + 1 {
      let weight = (1 - abs(y - Double(row))) * (1 - abs(x - Double(column)))
      let pixel = clamped(row, below: height) * width + clamped(column, below: width)
      sum += weight * Double(image[pixel * 3 + channel])
    }
  }
  return sum
}
