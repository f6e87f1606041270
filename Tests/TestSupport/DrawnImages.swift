import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining

/// Images in the layout of CelebA that tests draw: a disc on a ground that varies, and words for what differs.
package struct DrawnImages {
  package static let (trained, held) = (60, 16)
  package static let names = ["Smiling", "Male", "No_Beard"]

  package let dataset: ImageDataset
  package let vectors: WordVectors

  /// Draws the images and writes their lists.
  package init(in folder: URL) throws {
    let images = folder.appendingPathComponent("img_align_celeba", isDirectory: true)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    let count = Self.trained + Self.held
    var attributes = "\(count)\n\(Self.names.joined(separator: " "))\n"
    var splits = ""
    for index in 0..<count {
      let flags = (0..<3).map { index >> $0 & 1 == 1 }
      try Self.image(flags, seed: index).write(to: images.appendingPathComponent("\(index).png"))
      attributes += "\(index).png \(flags.map { $0 ? " 1" : "-1" }.joined(separator: " "))\n"
      splits += "\(index).png \(index < Self.trained ? 0 : 1)\n"
    }
    try Data(attributes.utf8).write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
    try Data(splits.utf8).write(to: folder.appendingPathComponent("list_eval_partition.txt"))
    dataset = try ImageDataset(contentsOf: folder)
    vectors = WordVectors(
      words: ["smiling", "male", "beard", "smile", "man"],
      values: [1, 0, 0, 0.5, 0, 1, 0, -0.5, 0, 0, 1, 0.25, 0.9, 0.1, 0, 0.5, 0.1, 0.9, 0, -0.5])
  }

  private static func image(_ flags: [Bool], seed: Int) -> Image {
    let size = 80
    let radius = flags[0] ? 30 : 16
    var pixels = smoothImage(width: size, height: size, seed: seed).pixels.map { $0 / 4 }
    for index in 0..<size * size {
      let (x, y) = (index % size - size / 2 - seed % 5, index / size - size / 2 + seed % 7)
      if x * x + y * y < radius * radius {
        pixels.replaceSubrange(3 * index..<3 * index + 3, with: [230, flags[1] ? 40 : 180, 60])
      } else {
        pixels[3 * index + 2] += flags[2] ? 150 : 40
      }
    }
    return Image(width: size, height: size, pixels: pixels)
  }

  /// A training whose files lie in a folder.
  package func training(
    of model: URL, in folder: URL, resumes: Bool = false,
    report: @escaping (StepProgress) -> Void = { _ in }
  ) -> Training {
    var options = RunOptions(folder: folder, threads: 1)
    options.resumes = resumes
    return Training(dataset: dataset, model: model, seed: 3, options: options, report: report)
  }
}
