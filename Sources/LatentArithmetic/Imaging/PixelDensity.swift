/// How densely the pixels of an image are meant to be printed, or only how wide a pixel is to its height.
package struct PixelDensity: Sendable, Equatable {
  /// What the pixels are counted over; `none` gives only the ratio of the two numbers.
  package enum Unit: Sendable { case none, inch, centimeter, meter }

  package var x: Int
  package var y: Int
  package var unit: Unit

  /// Makes a density of two numbers above zero, or none where one is not.
  package init?(x: Int, y: Int, unit: Unit) {
    guard x > 0, y > 0 else { return nil }
    (self.x, self.y, self.unit) = (x, y, unit)
  }

  /// The density of the image turned by a quarter.
  var turned: PixelDensity? { PixelDensity(x: y, y: x, unit: unit) }

  /// Pixels in a meter, or as they are where there is no unit; as PNG's chunk pHYs holds it.
  var inMeters: PixelDensity? {
    switch unit {
    case .none, .meter: self
    case .inch: scaled(by: 1 / 0.0254, to: .meter)
    case .centimeter: scaled(by: 100, to: .meter)
    }
  }

  /// Pixels in an inch, where these are whole numbers but for what rounding to meters took, else in a centimeter; as JFIF
  /// holds it, in 16 bits.
  var inInches: PixelDensity? {
    guard unit == .meter else { return fits ? self : nil }
    let rounding = 0.5 * 0.0254
    let inches = scaled(by: 0.0254, to: .inch)
    let isWhole = [x, y].allSatisfy { value in
      let exact = Double(value) * 0.0254
      return abs(exact - exact.rounded()) <= rounding
    }
    let density = isWhole ? inches : scaled(by: 0.01, to: .centimeter)
    return density.flatMap { $0.fits ? $0 : nil }
  }

  private var fits: Bool { max(x, y) <= Int(UInt16.max) }

  private func scaled(by factor: Double, to unit: Unit) -> PixelDensity? {
    func scaled(_ value: Int) -> Int { Int((Double(value) * factor).rounded()) }
    return PixelDensity(x: scaled(x), y: scaled(y), unit: unit)
  }
}
