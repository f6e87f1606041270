import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

@Suite struct ImageTransparencyTests {
  private let image = transparentImage(width: 23, height: 17, seed: 4)

  // PNG is lossless: read(write(x)) = x, colors under transparent pixels included.
  @Test func pngKeepsTransparency() throws {
    let data = try image.pngData()
    let read = try Image(data: data)
    #expect(read.pixels == image.pixels)
    #expect(read.alpha != nil && read.alpha == image.alpha)
    #expect(data[25] == 6)  // color type RGBA
  }

  // A plane of 255 says nothing.
  @Test func opaquePlaneIsNone() throws {
    let opaque = Image(
      width: 5, height: 3, pixels: randomImage(width: 5, height: 3, seed: 1).pixels,
      alpha: [UInt8](repeating: 255, count: 15))
    #expect(opaque.alpha == nil)
    #expect(try opaque.pngData()[25] == 2)  // color type RGB
  }

  // v over white is round((v·a + 255·(255 − a))/255).
  @Test func everyOpaqueUseLaysOverWhite() throws {
    let alpha = try #require(image.alpha)
    let expected = image.pixels.enumerated().map { index, value in
      let a = Double(alpha[index / 3])
      return UInt8(((Double(value) * a + 255 * (255 - a)) / 255).rounded())
    }
    let opaque = Image(width: image.width, height: image.height, pixels: expected)
    let bounds = Rectangle(x: 0, y: 0, width: 23, height: 17)
    #expect(image.laidOverWhite() == opaque)
    #expect(image.cropped(to: bounds) == opaque)
    #expect(image.resized(width: 23, height: 17) == opaque)
    #expect(image.resized(width: 9, height: 31) == opaque.resized(width: 9, height: 31))
    let square = FaceFrame.centerSquare(of: image)
    #expect(image.cropped(to: square, size: 12) == opaque.cropped(to: square, size: 12))
    #expect(Image.tiled([image, opaque], columns: 2) == Image.tiled([opaque, opaque], columns: 2))
    #expect(Image.images(from: Tensor(image)) == [opaque])
    #expect(try image.jpegData() == opaque.jpegData())
    let small = transparentImage(width: 8, height: 8, seed: 2)
    #expect(small.cropped(to: .whole(of: small), size: 8) == small.laidOverWhite())
  }

  // Value (x, y) of the mirrored image is value (width − 1 − x, y) of the image, in both planes.
  @Test func mirroredKeepsTransparency() throws {
    let mirrored = image.mirrored()
    let (alpha, turned) = (try #require(image.alpha), try #require(mirrored.alpha))
    for y in 0..<17 {
      for x in 0..<23 {
        #expect(turned[y * 23 + x] == alpha[y * 23 + 22 - x])
        #expect(mirrored.pixels[(y * 23 + x) * 3 + 1] == image.pixels[(y * 23 + 22 - x) * 3 + 1])
      }
    }
    #expect(mirrored.mirrored() == image)
  }

  @Test func equalityIsOfPixelsAndTransparency() {
    #expect(image != Image(width: 23, height: 17, pixels: image.pixels))
    var described = image
    described.metadata.exif = Data([1, 2, 3])
    #expect(described == image)
  }
}

/// An image of random values and random transparency.
func transparentImage(width: Int, height: Int, seed: UInt64) -> Image {
  let plane = randomImage(width: width, height: height, seed: seed &+ 1000).pixels
  return Image(
    width: width, height: height, pixels: randomImage(width: width, height: height, seed: seed).pixels,
    alpha: (0..<width * height).map { plane[$0 * 3] })
}
