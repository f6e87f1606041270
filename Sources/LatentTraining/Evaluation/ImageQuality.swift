import Foundation
import LatentArithmetic

extension Image {
  /// How much of the image's range the differences to another leave, in decibels.
  ///
  /// 10·log₁₀(255²/m), where m is the mean square of the differences of 8-bit values over all pixels and
  /// channels. Equal images give infinity. Transparency is laid over white.
  ///
  /// - Precondition: Both have the same size.
  public func peakSignalToNoiseRatio(to other: Image) -> Double {
    checkSize(of: other)
    let squares = zip(laidOverWhite().pixels, other.laidOverWhite().pixels).reduce(0) { sum, values in
      let difference = Int(values.0) - Int(values.1)
      return sum + difference * difference
    }
    return 10 * log10(255 * 255 * Double(pixels.count) / Double(squares))
  }

  /// How alike two images look, 1 for equal ones: the mean SSIM of all windows and channels.
  ///
  /// Within a window, which weights pixels by a Gaussian, μ are means, σ² variances and σ₁₂ the covariance:
  ///
  ///     SSIM = (2μ₁μ₂ + C₁)(2σ₁₂ + C₂) / ((μ₁² + μ₂² + C₁)(σ₁² + σ₂² + C₂))
  ///
  /// The window is 11×11 with σ = 1.5 and lies fully inside; C₁ = (0.01·255)² and C₂ = (0.03·255)². It is
  /// computed of each channel in double precision; transparency is laid over white.
  ///
  /// Source: "Image Quality Assessment: From Error Visibility to Structural Similarity", Wang and others
  /// 2004.
  ///
  /// - Returns: −1 … 1.
  /// - Precondition: Both have the same size, and no side is shorter than 11 pixels.
  public func structuralSimilarity(to other: Image) -> Double {
    checkSize(of: other)
    let size = Similarity.window.count
    precondition(
      width >= size && height >= size,
      "The similarity of structures needs \(size)×\(size) pixels, not \(width)×\(height).")
    let (a, b) = (laidOverWhite().pixels, other.laidOverWhite().pixels)
    let sum = (0..<3).reduce(0.0) { sum, channel in
      let moments = stride(from: channel, to: a.count, by: 3).map { index in
        let (x, y) = (Double(a[index]), Double(b[index]))
        return Similarity.Moments(x, y, x * x + y * y, x * y)
      }
      return sum + Similarity.sum(of: moments, width: width)
    }
    return sum / Double(3 * (width - size + 1) * (height - size + 1))
  }

  private func checkSize(of other: Image) {
    precondition(
      width == other.width && height == other.height,
      "Images of \(width)×\(height) and \(other.width)×\(other.height) pixels cannot be compared.")
  }
}

private enum Similarity {
  /// x, y, x² + y² and xy, filtered together; of the two variances the formula reads only the sum.
  typealias Moments = SIMD4<Double>

  /// The Gaussian of one dimension, whose sum is 1.
  static let window: [Double] = {
    let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  /// The sum over all windows of one channel.
  static func sum(of moments: [Moments], width: Int) -> Double {
    let (c1, c2) = (0.01 * 255 * 0.01 * 255, 0.03 * 255 * 0.03 * 255)
    let windowsAcross = width - window.count + 1
    let across = filtered(moments, (0..<moments.count / width), every: width, 0..<windowsAcross, step: 1)
    let down = filtered(
      across, 0..<moments.count / width - window.count + 1, every: windowsAcross, 0..<windowsAcross,
      step: windowsAcross)
    return down.reduce(0) { sum, m in
      let (product, squares) = (m[0] * m[1], m[0] * m[0] + m[1] * m[1])
      return sum + (2 * product + c1) * (2 * (m[3] - product) + c2)
        / ((squares + c1) * (m[2] - squares + c2))
    }
  }

  /// The window laid along steps of `step` from each place of rows and columns.
  private static func filtered(
    _ values: [Moments], _ rows: Range<Int>, every length: Int, _ columns: Range<Int>, step: Int
  ) -> [Moments] {
    rows.flatMap { row in
      columns.map { column in
        var sum = Moments.zero
        var place = row * length + column
        for weight in window {
          sum += weight * values[place]
          place += step
        }
        return sum
      }
    }
  }
}
