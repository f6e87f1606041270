import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

/// The measures of images against their definitions, summed without any shortcut.
struct ImageQualityTests {
  private static let sizes = [(11, 11), (17, 11), (11, 14), (23, 19)]

  // PSNR = 10·log₁₀(255²/m), m the mean of the squared differences.
  @Test func noiseIsThatOfTheMeanSquare() {
    var cases = 0
    for (a, b) in Self.pairs() {
      let square = zip(a.pixels, b.pixels).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
      let expected = 20 * log10(255) - 10 * log10(square / Double(a.pixels.count))
      // Some ten roundings of numbers below 100.
      #expect(abs(a.peakSignalToNoiseRatio(to: b) - expected) <= 1000 * Double.ulpOfOne)
      #expect(a.peakSignalToNoiseRatio(to: b) == b.peakSignalToNoiseRatio(to: a))
      cases += 1
    }
    #expect(cases == 2 * Self.sizes.count)
  }

  // SSIM by its formula: a two-dimensional window, then means, variances and the covariance about them.
  @Test func similarityIsThatOfEveryWindow() {
    var cases = 0
    for (a, b) in Self.pairs() {
      let expected = Self.similarity(a, b)
      // Moments of up to 255² in 121 roundings each, beside C₂ = 58.5.
      let tolerance = 255 * 255 * 121 * Double.ulpOfOne / 58.5
      #expect(abs(a.structuralSimilarity(to: b) - expected) <= tolerance)
      #expect(abs(b.structuralSimilarity(to: a) - expected) <= tolerance)
      #expect(expected < 0.999)
      cases += 1
    }
    #expect(cases == 2 * Self.sizes.count)
  }

  @Test func equalImagesDifferInNothing() {
    let image = randomImage(width: 21, height: 16, seed: 5)
    #expect(image.peakSignalToNoiseRatio(to: image) == .infinity)
    #expect(image.structuralSimilarity(to: image) == 1)
  }

  @Test func transparencyIsSeenOverWhite() {
    let image = randomImage(width: 12, height: 12, seed: 6)
    let veiled = Image(
      width: 12, height: 12, pixels: image.pixels, alpha: (0..<144).map { UInt8($0) })
    let other = randomImage(width: 12, height: 12, seed: 7)
    #expect(
      veiled.peakSignalToNoiseRatio(to: other) == veiled.laidOverWhite().peakSignalToNoiseRatio(to: other))
    #expect(veiled.structuralSimilarity(to: other) == veiled.laidOverWhite().structuralSimilarity(to: other))
    #expect(veiled.structuralSimilarity(to: other) != image.structuralSimilarity(to: other))
  }

  /// Unrelated images, and images beside themselves with noise.
  private static func pairs() -> [(Image, Image)] {
    sizes.enumerated().flatMap { index, size in
      let a = randomImage(width: size.0, height: size.1, seed: UInt64(index))
      let b = randomImage(width: size.0, height: size.1, seed: UInt64(index + 100))
      let noisy = zip(a.pixels, b.pixels).map { UInt8((9 * Int($0.0) + Int($0.1)) / 10) }
      return [(a, b), (a, Image(width: size.0, height: size.1, pixels: noisy))]
    }
  }

  private static func similarity(_ a: Image, _ b: Image) -> Double {
    let (c1, c2) = (2.55 * 2.55, 7.65 * 7.65)
    let offsets = (-5...5).flatMap { v in (-5...5).map { u in (u, v) } }
    let gaussian = offsets.map { exp(-Double($0 * $0 + $1 * $1) / (2 * 1.5 * 1.5)) }
    let weights = gaussian.map { $0 / gaussian.reduce(0, +) }
    var values: [Double] = []
    for channel in 0..<3 {
      for y in 5..<a.height - 5 {
        for x in 5..<a.width - 5 {
          func window(_ image: Image) -> [Double] {
            offsets.map { Double(image.pixels[((y + $1) * image.width + x + $0) * 3 + channel]) }
          }
          func mean(_ values: [Double]) -> Double { zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } }
          let (p, q) = (window(a), window(b))
          let (m, n) = (mean(p), mean(q))
          let variances = mean(p.map { ($0 - m) * ($0 - m) }) + mean(q.map { ($0 - n) * ($0 - n) })
          let covariance = mean(zip(p, q).map { ($0 - m) * ($1 - n) })
          values.append(
            (2 * m * n + c1) * (2 * covariance + c2) / ((m * m + n * n + c1) * (variances + c2)))
        }
      }
    }
    return values.reduce(0, +) / Double(values.count)
  }
}
