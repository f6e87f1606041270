import Foundation
import LatentArithmetic

/// Images that are no faces: a circle or a square of a color, on a ground, wider than high.
enum DrawnPictures {
  static let (width, height) = (120, 90)

  /// Draws images into a folder and returns their names.
  static func write(_ count: Int, to folder: URL) throws -> [String] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return try (0..<count).map { index in
      let name = "\(index).png"
      try picture(index).write(to: folder.appendingPathComponent(name))
      return name
    }
  }

  static func picture(_ index: Int) -> Image {
    let colors: [[UInt8]] = [[220, 50, 40], [40, 160, 70], [50, 80, 210], [240, 200, 40]]
    let (color, ground) = (colors[index % 4], UInt8(20 + 50 * (index / 8 % 4)))
    let (x, y, radius) = (50 + index % 20, 40 + index % 10, 18 + index % 13)
    return Image(
      width: width, height: height,
      pixels: (0..<width * height).flatMap { place -> [UInt8] in
        let (across, down) = (abs(place % width - x), abs(place / width - y))
        let isInside =
          index / 4 % 2 == 0
          ? across * across + down * down < radius * radius : max(across, down) < radius
        return isInside ? color : [ground, ground, ground]
      })
  }
}
