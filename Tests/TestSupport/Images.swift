import Foundation
import LatentArithmetic

/// An image of random values.
package func randomImage(width: Int, height: Int, seed: UInt64) -> Image {
  var state = seed
  return Image(
    width: width, height: height,
    pixels: (0..<width * height * 3).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    })
}

/// An image without detail, which a JPEG file keeps nearly unchanged.
package func smoothImage(width: Int, height: Int, seed: Int) -> Image {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      pixels += [
        UInt8((x * 200 / width + seed * 13) % 256), UInt8(y * 255 / height),
        UInt8((x + y) * 120 / (width + height)),
      ]
    }
  }
  return Image(width: width, height: height, pixels: pixels)
}

/// The names of the files in a folder.
package func fileNames(in folder: URL) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}
