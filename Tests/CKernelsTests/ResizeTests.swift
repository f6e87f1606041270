import CKernels
import TestSupport
import Testing

@Suite struct ResizeTests {
  static let cases =
    [
      Case(
        height: 218, width: 178, channels: 3, top: 40, left: 15, cropHeight: 148, cropWidth: 148,
        out: (80, 80)),
      Case(
        height: 20, width: 31, channels: 3, top: 2.3, left: 4.7, cropHeight: 15.1, cropWidth: 9.9,
        out: (7, 11)),
      Case(height: 9, width: 13, channels: 1, top: 0, left: 0, cropHeight: 9, cropWidth: 13, out: (30, 17)),
      Case(
        height: 12, width: 10, channels: 4, top: -5, left: -3.5, cropHeight: 22, cropWidth: 18, out: (8, 9)),
      Case(height: 6, width: 5, channels: 3, top: -30, left: 2, cropHeight: 10, cropWidth: 40, out: (5, 6)),
      Case(height: 1, width: 1, channels: 2, top: 0, left: 0, cropHeight: 1, cropWidth: 1, out: (4, 3)),
      Case(
        height: 8, width: 8, channels: 3, top: 3.2, left: 5.9, cropHeight: 0.4, cropWidth: 0.5, out: (3, 2)),
      Case(height: 64, width: 50, channels: 3, top: 0, left: 0, cropHeight: 64, cropWidth: 50, out: (1, 1)),
    ]
    + randomShapes(30) { stream in
      // Crops from a part of a pixel to twice the picture, in and around it.
      func crop(_ size: Int) -> (begin: Double, extent: Double) {
        let extent = Double(size) * .random(in: 0.02...2, using: &stream)
        return (.random(in: -extent / 2...Double(size) - extent / 2, using: &stream), extent)
      }
      let (height, width) = (stream.size(upTo: 60), stream.size(upTo: 60))
      let (rows, columns) = (crop(height), crop(width))
      return Case(
        height: height, width: width, channels: stream.size(upTo: 5, near: [3]), top: rows.begin,
        left: columns.begin, cropHeight: rows.extent, cropWidth: columns.extent,
        out: (stream.size(upTo: 40), stream.size(upTo: 40)))
    }

  // The definition, evaluated in double for each output value: triangle weights around the place, over the pixels of
  // the crop, outside pixels clamped to the border. Rounding may differ by one level where the sum ends in .5.
  @Test(arguments: cases) func matchesDefinition(_ item: Case) {
    let image = item.randomImage
    let got = item.resized(image)
    let (rows, columns) = (
      taps(item.height, item.top, item.cropHeight, item.out.0),
      taps(item.width, item.left, item.cropWidth, item.out.1)
    )
    var expected: [Double] = []
    for row in rows {
      for column in columns {
        for channel in 0..<item.channels {
          var sum = 0.0
          for (y, weightY) in row {
            for (x, weightX) in column {
              sum += weightY * weightX * Double(image[(y * item.width + x) * item.channels + channel])
            }
          }
          expected.append(sum)
        }
      }
    }
    #expect(worstError(got.map { Double($0) }, expected, scale: 1) <= 0.5 + 1e-3)
    #expect(!got.isEmpty)
  }

  // The weights add to 1, so a constant stays what it is.
  @Test(arguments: cases) func constantStays(_ item: Case) {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let image = [UInt8](repeating: value, count: item.height * item.width * item.channels)
      #expect(item.resized(image).allSatisfy { $0 == value })
    }
  }

  // At its own size a place falls on its pixel's center and sees no other.
  @Test func identityIsExact() {
    for channels in [1, 3, 4] {
      let item = Case(
        height: 17, width: 23, channels: channels, top: 0, left: 0, cropHeight: 17, cropWidth: 23,
        out: (17, 23))
      #expect(item.resized(item.randomImage) == item.randomImage)
    }
  }

  // What the crop cuts off does not leak in: the crop of a picture equals the cropped picture.
  @Test func cropDoesNotSeeOutside() {
    let whole = Case(
      height: 40, width: 30, channels: 3, top: 5, left: 7, cropHeight: 21, cropWidth: 17, out: (9, 8))
    let image = whole.randomImage
    var cut: [UInt8] = []
    for y in 5..<26 { cut += image[(y * 30 + 7) * 3..<(y * 30 + 24) * 3] }
    let alone = Case(
      height: 21, width: 17, channels: 3, top: 0, left: 0, cropHeight: 21, cropWidth: 17, out: (9, 8))
    #expect(whole.resized(image) == alone.resized(cut))
  }

  // Interpolation and reduction by whole numbers keep a ramp where the filter is not cut: place i shows
  // (i + ½)·scale − ½, to rounding.
  @Test(arguments: [10, 25, 50, 120]) func rampStaysARamp(size: Int) {
    let length = 50
    let image = (0..<length).map { UInt8(5 * $0) }
    let item = Case(
      height: 1, width: length, channels: 1, top: 0, left: 0, cropHeight: 1, cropWidth: Double(length),
      out: (1, size))
    let scale = Double(length) / Double(size)
    let reach = max(scale, 1)
    var checked = 0
    for (place, value) in item.resized(image).enumerated() {
      let center = (Double(place) + 0.5) * scale
      guard center - reach >= 0, center + reach <= Double(length) else { continue }
      #expect(abs(Double(value) - 5 * (center - 0.5)) <= 1)
      checked += 1
    }
    #expect(checked > 0)
  }

  struct Case: CustomTestStringConvertible {
    let height: Int
    let width: Int
    let channels: Int
    let top: Double
    let left: Double
    let cropHeight: Double
    let cropWidth: Double
    let out: (Int, Int)
    var testDescription: String {
      "\(height)×\(width)×\(channels), crop \(cropHeight)×\(cropWidth) at (\(top), \(left)) to \(out)"
    }

    fileprivate var randomImage: [UInt8] {
      randomFloats(count: height * width * channels, seed: 1).map { UInt8(min(max(128 + 60 * $0, 0), 255)) }
    }

    fileprivate func resized(_ image: [UInt8]) -> [UInt8] {
      var result = [UInt8](repeating: 99, count: out.0 * out.1 * channels)
      ck_resize(
        image, height, width, channels, top, left, cropHeight, cropWidth, out.0, out.1, &result)
      return result
    }
  }
}

/// For each output place, the pixels it sees, clamped into the image, and their weights.
private func taps(
  _ length: Int, _ begin: Double, _ extent: Double, _ size: Int
) -> [[(Int, Double)]] {
  let scale = extent / Double(size)
  let pixels = Int(begin.rounded(.down))..<Int((begin + extent).rounded(.up))
  return (0..<size).map { place in
    let center = begin + (Double(place) + 0.5) * scale
    let weights = pixels.map { max(1 - abs(Double($0) + 0.5 - center) / max(scale, 1), 0) }
    let sum = weights.reduce(0, +)
    return zip(pixels, weights).map { (min(max($0, 0), length - 1), $1 / sum) }
  }
}
