import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// Images in the layout of CelebA, drawn so that no data set is needed, and vectors of the words for what differs.
struct DrawnData {
  static let count = 24
  private static let names = ["Smiling", "Male", "No_Beard"]

  static let vectors = WordVectors(
    words: ["smiling", "male", "beard", "smile"],
    values: [1, 0, 0, 0.5, 0, 1, 0, -0.5, 0, 0, 1, 0.25, 0.9, 0.1, 0, 0.5])

  /// Draws the images into a folder and writes their lists.
  static func write(to folder: URL) throws {
    let images = folder.appendingPathComponent("img_align_celeba", isDirectory: true)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    var attributes = "\(count)\n\(names.joined(separator: " "))\n"
    var splits = ""
    for index in 0..<count {
      let flags = (0..<3).map { index >> $0 & 1 == 1 }
      try image(flags, seed: index).write(to: images.appendingPathComponent("\(index).png"))
      attributes += "\(index).png \(flags.map { $0 ? " 1" : "-1" }.joined(separator: " "))\n"
      splits += "\(index).png \(index < 20 ? 0 : 1)\n"
    }
    try Data(attributes.utf8).write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
    try Data(splits.utf8).write(to: folder.appendingPathComponent("list_eval_partition.txt"))
  }

  /// A disc on a ground, both different from seed to seed.
  static func image(_ flags: [Bool], seed: Int) -> Image {
    let size = 80
    let radius = flags[0] ? 30 : 16
    let pixels = (0..<size * size).flatMap { index -> [UInt8] in
      let (x, y) = (index % size - size / 2 - seed % 5, index / size - size / 2 + seed % 7)
      if x * x + y * y < radius * radius { return [230, flags[1] ? 40 : 180, 60] }
      return [
        UInt8(index % size / 2 + 3 * seed % 97), UInt8(index / size), flags[2] ? 200 : UInt8(50 + seed % 90),
      ]
    }
    return Image(width: size, height: size, pixels: pixels)
  }
}
