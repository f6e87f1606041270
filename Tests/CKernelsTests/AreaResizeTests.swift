import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct AreaResizeTests {
  struct Case: CustomTestStringConvertible {
    let picture: (height: Int, width: Int, channels: Int)
    let crop: ck_crop
    let out: (height: Int, width: Int)
    var testDescription: String { "\(picture), \(crop) to \(out)" }

    fileprivate var randomImage: [UInt8] {
      randomFloats(count: picture.height * picture.width * picture.channels, seed: 1)
        .map { UInt8(min(max(128 + 60 * $0, 0), 255)) }
    }

    /// A band of rows.
    fileprivate func resized(_ image: [UInt8], rows: Range<Int>, threads: Int32) -> [Float] {
      var result = [Float](repeating: .nan, count: rows.count * out.width * picture.channels)
      var crop = crop
      ck_area_resize(
        image, picture.width, picture.channels, 1, &crop, out.height, out.width, rows.lowerBound, rows.count,
        offset, scale, &result, threads)
      return result
    }
  }

  static let cases =
    [
      // Shrinking by a fraction, by a whole number, not at all, growing, and each to one pixel.
      Case(
        picture: (63, 120, 3), crop: ck_crop(top: 0, left: 0, height: 63, width: 120), out: (38, 73)),
      Case(picture: (64, 50, 3), crop: ck_crop(top: 3, left: 4, height: 60, width: 40), out: (20, 10)),
      Case(picture: (17, 23, 1), crop: ck_crop(top: 0, left: 0, height: 17, width: 23), out: (17, 23)),
      Case(picture: (30, 31, 3), crop: ck_crop(top: 11, left: 20, height: 7, width: 9), out: (24, 24)),
      Case(picture: (30, 31, 4), crop: ck_crop(top: 29, left: 30, height: 1, width: 1), out: (5, 3)),
      Case(picture: (300, 170, 2), crop: ck_crop(top: 1, left: 2, height: 299, width: 168), out: (1, 1)),
    ]
    + randomShapes(30) { stream in
      let (height, width) = (stream.size(upTo: 90), stream.size(upTo: 90))
      let (rows, columns) = (stream.size(upTo: height), stream.size(upTo: width))
      return Case(
        picture: (height, width, stream.size(upTo: 5, near: [3])),
        crop: ck_crop(
          top: .random(in: 0...height - rows, using: &stream),
          left: .random(in: 0...width - columns, using: &stream),
          height: rows, width: columns),
        out: (stream.size(upTo: 60, near: [16, 32, rows]), stream.size(upTo: 60, near: [columns])))
    }

  // Sums of integers are exact in the twin and in the kernel. What is left are four roundings, of numbers of at most
  // 255·scale.
  @Test(arguments: cases) func matchesReference(_ item: Case) {
    let image = item.randomImage
    var crop = item.crop
    var expected = [Double](
      repeating: .nan, count: item.out.height * item.out.width * item.picture.channels)
    ck_reference_area_resize(
      image, item.picture.width, item.picture.channels, &crop, item.out.height, item.out.width,
      Double(offset), Double(scale), &expected)
    let all = item.resized(image, rows: 0..<item.out.height, threads: 1)
    #expect(worstError(all, expected, scale: 255 * Double(scale)) <= 4 * Double(Float.ulpOfOne))
    for threads: Int32 in [2, 3] {
      let several = item.resized(image, rows: 0..<item.out.height, threads: threads)
      #expect(bitPatterns(several) == bitPatterns(all))
    }
    // A band of rows is those rows of the whole.
    let row = item.out.width * item.picture.channels
    for first in [0, item.out.height / 3, item.out.height - 1] {
      let rows = first..<min(first + 18, item.out.height)
      let band = item.resized(image, rows: rows, threads: 2)
      #expect(bitPatterns(band) == bitPatterns(Array(all[rows.lowerBound * row..<rows.upperBound * row])))
    }
  }

  // The twin at its own size is the picture, and a reduction by whole numbers the mean of blocks that do not overlap,
  // so that the mean of the result is the mean of the picture.
  @Test func referenceKeepsPictureAndMean() {
    let item = Self.cases[2]
    let image = item.randomImage
    var (crop, same) = (item.crop, [Double](repeating: .nan, count: image.count))
    ck_reference_area_resize(image, 23, 1, &crop, 17, 23, 0, 1, &same)
    #expect(same == image.map { Double($0) })
    let blocks = Self.cases[1]
    let picture = blocks.randomImage
    var (inner, means) = (blocks.crop, [Double](repeating: .nan, count: 20 * 10 * 3))
    ck_reference_area_resize(picture, 50, 3, &inner, 20, 10, 0, 1, &means)
    var sum = 0
    for y in 3..<63 { for i in 4 * 3..<44 * 3 { sum += Int(picture[y * 150 + i]) } }
    let mean = Double(sum) / (60 * 40 * 3)
    #expect(abs(means.reduce(0, +) / 600 - mean) <= 1e-12 * mean)
  }

  // Several crops are what each alone gives, one behind the other.
  @Test func cropsFollowEachOther() {
    let (height, width) = (40, 52)
    let image = randomFloats(count: height * width * 3, seed: 2).map {
      UInt8(min(max(128 + 60 * $0, 0), 255))
    }
    let crops = [(0, 0, 40, 52), (5, 9, 31, 30), (39, 51, 1, 1), (2, 3, 24, 24)]
      .map { ck_crop(top: $0.0, left: $0.1, height: $0.2, width: $0.3) }
    var together = [Float](repeating: .nan, count: crops.count * 24 * 24 * 3)
    ck_area_resize(image, width, 3, crops.count, crops, 24, 24, 0, 24, offset, scale, &together, 3)
    var apart: [Float] = []
    for crop in crops {
      let item = Case(picture: (height, width, 3), crop: crop, out: (24, 24))
      apart += item.resized(image, rows: 0..<24, threads: 1)
    }
    #expect(bitPatterns(together) == bitPatterns(apart))
  }
}

private let (offset, scale) = (Float(127.5), Float(1) / 128)
