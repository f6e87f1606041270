import Foundation
import LatentArithmetic

/// How light the skin of a face is in a photo.
package enum SkinTone {
  /// Skin of at least this angle counts as lighter.
  ///
  /// It is the border between intermediate and tan skin (Chardon, Cretois and Hourseau 1991).
  package static let border = 28.0

  /// The middle between eye and corner of the mouth on both sides in CelebA's aligned photos, and the side of a patch:
  /// on most faces the cheek beside the nose, clear of hair, and of beards but for their upper edge.
  private static let cheeks = [Point(x: 71, y: 133), Point(x: 108, y: 133)]
  private static let side = 12.0

  /// The individual typology angle of the median color of both cheeks, in degrees: atan((L* − 50)/b*).
  ///
  /// The light of the photo is part of it: it tells the photo's skin more than the person's.
  ///
  /// - Parameters:
  ///   - image: A photo.
  ///   - frame: Where the face is.
  ///   - alignment: By what alignment to CelebA's photos.
  /// - Returns: −180 … 180.
  package static func typologyAngle(in image: Image, _ frame: FaceFrame, by alignment: FaceAlignment)
    -> Double
  {
    let colors = cheeks.flatMap { cheek -> [(lightness: Double, b: Double)] in
      let patch = FaceFrame(
        Rectangle(x: cheek.x - side / 2, y: cheek.y - side / 2, width: side, height: side))
      let pixels = image.cropped(to: frame.carrying(patch, by: alignment), size: 12).pixels
      return stride(from: 0, to: pixels.count, by: 3).map { lab(pixels[$0], pixels[$0 + 1], pixels[$0 + 2]) }
    }
    return atan2(colors.map(\.lightness).median - 50, colors.map(\.b).median) * 180 / .pi
  }

  /// Two of the coordinates of CIELAB, of sRGB under D65 (IEC 61966-2-1).
  package static func lab(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> (lightness: Double, b: Double) {
    func linear(_ value: UInt8) -> Double {
      let v = Double(value) / 255
      return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
    }
    func curve(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
    let (r, g, b) = (linear(red), linear(green), linear(blue))
    let y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b)
    let z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    return (116 * y - 16, 200 * (y - z))
  }
}
