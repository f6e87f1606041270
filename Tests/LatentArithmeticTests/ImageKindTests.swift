import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// The kinds of file that the library reads but does not write.
@Suite struct ImageKindTests {
  static let sizes = [(1, 1), (3, 5), (5, 1), (13, 11)]
  static let kinds = [
    (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
    (6, 8), (6, 16),
  ]

  // A sample s of d bits is round(255·s/(2^d − 1)); a palette's sample names three values. tRNS makes one color
  // transparent, or gives a palette's colors their alpha; those that it leaves out are opaque.
  @Test(arguments: kinds, [false, true])
  func pngOfEveryKind(kind: (colorType: Int, depth: Int), isInterlaced: Bool) throws {
    let (colorType, depth) = kind
    let most = 1 << depth - 1
    let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 0
    var cases = 0
    for (width, height) in Self.sizes {
      for hasKey in colorType < 4 ? [false, true] : [false] {
        let values = randomValues(width * height * channels, upTo: most, seed: width + depth)
        let palette = randomValues(3 * (most + 1), upTo: 255, seed: 5)
        let paletteAlpha = randomValues(most, upTo: 254, seed: 6)
        func samples(_ x: Int, _ y: Int) -> [Int] {
          Array(values[(y * width + x) * channels..<(y * width + x + 1) * channels])
        }
        var file = PNGFile(
          width: width, height: height, depth: depth, colorType: colorType, isInterlaced: isInterlaced,
          samples: samples)
        if colorType == 3 { file.chunks.append(("PLTE", palette.map(UInt8.init))) }
        if hasKey {
          let key = colorType == 3 ? paletteAlpha.map(UInt8.init) : samples(0, 0).flatMap { bigEndian($0, 2) }
          file.chunks.append(("tRNS", key))
        }

        var pixels: [UInt8] = []
        var alpha: [UInt8] = []
        for y in 0..<height {
          for x in 0..<width {
            let sample = samples(x, y)
            let scaled = sample.map { UInt8(($0 * 255 + most / 2) / most) }
            switch colorType {
            case 0, 4: pixels += [scaled[0], scaled[0], scaled[0]]
            case 3: pixels += palette[sample[0] * 3..<sample[0] * 3 + 3].map(UInt8.init)
            default: pixels += scaled.prefix(3)
            }
            switch colorType {
            case 4, 6: alpha.append(scaled[channels - 1])
            case 3: alpha.append(hasKey && sample[0] < most ? UInt8(paletteAlpha[sample[0]]) : 255)
            default: alpha.append(hasKey && sample == samples(0, 0) ? 0 : 255)
            }
          }
        }
        let image = try Image(data: file.data)
        #expect((image.width, image.height) == (width, height))
        #expect(image.pixels == pixels, "\(width)×\(height), key \(hasKey)")
        #expect((image.alpha ?? [UInt8](repeating: 255, count: width * height)) == alpha)
        cases += 1
      }
    }
    #expect(cases >= 4)
  }

  // The fixtures store r, g, b of smoothImage; with ink k they show round(v·k/255). DCT rounding stays within 3.
  @Test(arguments: [
    "rgb", "progressive", "gray", "cmyk", "cmyk-plain", "ycck", "ycck-progressive",
  ])
  func jpegOfEveryKind(name: String) throws {
    let image = try Image(contentsOf: Fixtures.url("jpeg/\(name).jpg"))
    let stored = smoothImage(width: 24, height: 18, seed: 0)
    #expect((image.width, image.height) == (24, 18))
    #expect(image.alpha == nil)
    var worst = 0
    for index in stored.pixels.indices {
      let value = Int(stored.pixels[name == "gray" ? index / 3 * 3 + 1 : index])
      let shown = name.contains("k") ? (value * 204 + 127) / 255 : value
      worst = max(worst, abs(shown - Int(image.pixels[index])))
    }
    #expect(worst <= 3)
  }

  private func randomValues(_ count: Int, upTo most: Int, seed: Int) -> [Int] {
    let bytes = randomImage(width: count, height: 1, seed: UInt64(seed)).pixels
    return (0..<count).map { (Int(bytes[$0 * 3]) << 8 | Int(bytes[$0 * 3 + 1])) % (most + 1) }
  }
}
