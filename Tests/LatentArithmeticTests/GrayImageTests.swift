import LatentArithmetic
import TestSupport
import Testing

/// Black and white photos: what they are, and that edits leave them so.
struct GrayImageTests {
  // At most a thousandth of the pixels may differ by more than 2 between channels.
  @Test func grayIsNearlyAllPixels() {
    func image(colored: Int, by difference: UInt8) -> Image {
      var pixels = randomImage(width: 50, height: 40, seed: 2).pixels
      for pixel in 0..<2000 {
        let gray = pixels[pixel * 3] / 2 + 20
        let isColored = pixel % 2 == 1 && pixel < 2 * colored
        for channel in 0..<3 { pixels[pixel * 3 + channel] = gray }
        pixels[pixel * 3 + pixel % 3] += isColored ? difference : UInt8(pixel % 3)
      }
      return Image(width: 50, height: 40, pixels: pixels)
    }
    #expect(image(colored: 0, by: 0).isGray && image(colored: 1000, by: 2).isGray)
    #expect(image(colored: 2, by: 100).isGray && image(colored: 2, by: 3).isGray)
    #expect(!image(colored: 3, by: 3).isGray && !image(colored: 1000, by: 3).isGray)
  }

  // Into a gray photo goes the luma of the colors, or of their change: 0.299·r + 0.587·g + 0.114·b.
  @Test func aGrayPhotoStaysGray() {
    let random = randomImage(width: 67, height: 53, seed: 4).pixels
    let gray = Image(width: 67, height: 53, pixels: (0..<random.count).map { random[$0 / 3 * 3] })
    let (before, after) = (
      randomImage(width: 12, height: 12, seed: 7), randomImage(width: 12, height: 12, seed: 8)
    )
    let slanted = FaceFrame(corner: Point(x: 20, y: 5), right: Point(x: 35, y: 8), down: Point(x: -8, y: 35))
    for frame in [slanted, .whole(of: gray)] {
      for result in [gray.adding(changeFrom: before, to: after, in: frame), gray.replacing(frame, by: after)]
      {
        #expect(result != gray)
        for pixel in stride(from: 0, to: result.pixels.count, by: 3) {
          #expect(result.pixels[pixel] == result.pixels[pixel + 1])
          #expect(result.pixels[pixel] == result.pixels[pixel + 2])
        }
      }
    }
    let dark = Image(width: 1, height: 1, pixels: [10, 10, 10])
    let bright = Image(width: 1, height: 1, pixels: [210, 60, 110])
    // 10 + 0.299·200 + 0.587·50 + 0.114·100 = 110.55 = 0.299·210 + 0.587·60 + 0.114·110
    #expect(dark.adding(changeFrom: dark, to: bright, in: .whole(of: dark)).pixels == [111, 111, 111])
    #expect(dark.replacing(.whole(of: dark), by: bright).pixels == [111, 111, 111])
  }
}
