import Foundation
import LatentArithmetic
import LatentTraining

/// Images in the layout of CelebA that the tests draw: a disc on a ground, and words for what differs.
struct DrawnData {
  /// Enough that half of them, which a scorer learns from, fill a batch of 64; the last ones are for validation, and a tenth
  /// is for tuning.
  static let count = 180
  private static let names = ["Smiling", "Male", "No_Beard"]

  let folder: URL
  let words: URL

  /// Draws the images and writes their lists and a file of word vectors.
  init(in parent: URL) throws {
    folder = parent.appendingPathComponent("data", isDirectory: true)
    words = parent.appendingPathComponent("words.txt")
    let images = folder.appendingPathComponent("img_align_celeba", isDirectory: true)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    var attributes = "\(Self.count)\n\(Self.names.joined(separator: " "))\n"
    var splits = ""
    for index in 0..<Self.count {
      let flags = (0..<3).map { index >> $0 & 1 == 1 }
      let name = "\(index).png"
      try Self.image(flags).write(to: images.appendingPathComponent(name))
      attributes += "\(name) \(flags.map { $0 ? " 1" : "-1" }.joined(separator: " "))\n"
      splits += "\(name) \(index < Self.count - 12 ? 0 : 1)\n"
    }
    try Data(attributes.utf8).write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
    try Data(splits.utf8).write(to: folder.appendingPathComponent("list_eval_partition.txt"))
    try Data("smiling 1 0 0 0.5\nmale 0 1 0 -0.5\nbeard 0 0 1 0.25\nsmile 0.9 0.1 0 0.5\n".utf8)
      .write(to: words)
  }

  private static func image(_ flags: [Bool]) -> Image {
    let size = 80
    let radius = flags[0] ? 30 : 16
    let pixels = (0..<size * size).flatMap { index -> [UInt8] in
      let (x, y) = (index % size - size / 2, index / size - size / 2)
      let isInside = x * x + y * y < radius * radius
      return isInside ? [230, flags[1] ? 40 : 180, 60] : [30, 60, flags[2] ? 200 : 90]
    }
    return Image(width: size, height: size, pixels: pixels)
  }
}
