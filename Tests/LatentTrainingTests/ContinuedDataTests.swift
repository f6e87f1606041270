import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Synchronization
import TestSupport
import Testing

/// What a training that is continued finds in the place of its images: it knows these by their contents.
struct ContinuedDataTests {
  private static let count = 10

  /// A folder of images that begins with `count` of them, all files of one length, and the training on them.
  private struct Folder {
    let images: URL
    private let model: URL

    init(in folder: URL) throws {
      (images, model) = (
        folder.appendingPathComponent("images"), folder.appendingPathComponent("model.safetensors")
      )
      try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
      for index in 0..<ContinuedDataTests.count { try write(image: index, to: "\(index).png") }
    }

    /// Writes an image, with bytes behind its end that nobody reads, so that all files have one length.
    func write(image: Int, to name: String) throws {
      let data = try randomImage(width: 16, height: 16, seed: UInt64(image)).pngData()
      #expect(data.count < 3000)
      try (data + Data(count: 3000 - data.count)).write(to: images.appendingPathComponent(name))
    }

    func rename(_ name: String, to other: String) throws {
      try FileManager.default.moveItem(
        at: images.appendingPathComponent(name), to: images.appendingPathComponent(other))
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(at: images.appendingPathComponent(name))
    }

    /// Trains to a step, and returns what was told.
    func train(to step: Int) throws -> [String] {
      var recipe = GANRecipe.dcgan
      recipe.network = NetworkConfiguration(architecture: .dcgan, latentSize: 2, width: 1)
      (recipe.batch, recipe.steps) = (2, step)
      var options = RunOptions(folder: model.deletingPathExtension(), threads: 1)
      options.resumes = step > 1
      let notices = Mutex<[String]>([])
      let dataset = try ImageDataset(contentsOf: images)
      try Training(
        dataset: dataset, model: model, seed: 1, options: options,
        notice: { notice in notices.withLock { $0.append(notice) } }
      ).trainGAN(recipe)
      return notices.withLock { $0 }
    }

    /// Rewrites the listing without checksums, as the first versions wrote it.
    func forgetChecksums() throws {
      let url = model.deletingPathExtension().appendingPathComponent("images.tsv")
      let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == ContinuedDataTests.count)
      let old = lines.map { $0.split(separator: "\t").prefix(3).joined(separator: "\t") + "\n" }
      try Data(old.joined().utf8).write(to: url)
    }
  }

  private func withFolder(_ body: (Folder) throws -> Void) throws {
    try withTemporaryFolder { url in
      let folder = try Folder(in: url)
      #expect(try folder.train(to: 1) == [])
      try body(folder)
    }
  }

  @Test func untouchedImagesAreNotTalkedOf() throws {
    try withFolder { folder in
      let told = try folder.train(to: 2)
      #expect(told.isEmpty)
    }
  }

  // An image of the same name and length with other pixels is another.
  @Test func whatWentCameAndChangedIsCounted() throws {
    try withFolder { folder in
      try folder.remove("3.png")
      try folder.write(image: 20, to: "a.png")
      try folder.write(image: 21, to: "b.png")
      try folder.write(image: 22, to: "5.png")
      #expect(
        try folder.train(to: 2) == ["Since the training began, 1 image went, 2 came and 1 changed."])
      // What is continued once more is compared with what it was continued with.
      #expect(try folder.train(to: 3) == [])
    }
  }

  // The same images in other places: numbered anew behind one that is gone, or in a folder of their own.
  @Test func namesDoNotMatter() throws {
    try withFolder { folder in
      try folder.remove("0.png")
      for index in 1..<Self.count { try folder.rename("\(index).png", to: "\(index - 1).png") }
      #expect(try folder.train(to: 2) == ["Since the training began, 1 image went, 0 came and 0 changed."])
      try FileManager.default.createDirectory(
        at: folder.images.appendingPathComponent("inner"), withIntermediateDirectories: true)
      for index in 0..<Self.count - 1 { try folder.rename("\(index).png", to: "inner/\(index).png") }
      #expect(try folder.train(to: 3) == [])
    }
  }

  // Half of them are enough, and one fewer is not, whatever the names and the number.
  @Test(arguments: [5, 6]) func otherImagesOfTheSameNamesAreRefused(replaced: Int) throws {
    try withFolder { folder in
      for index in 0..<replaced { try folder.write(image: 30 + index, to: "\(index).png") }
      guard replaced > 5 else {
        #expect(
          try folder.train(to: 2) == ["Since the training began, 0 images went, 0 came and 5 changed."])
        return
      }
      #expect(throws: TrainingError.otherImages(expected: 10, got: 4)) { try folder.train(to: 2) }
    }
  }

  @Test func listingsOfTheFirstVersionsAreRead() throws {
    try withFolder { folder in
      try folder.forgetChecksums()
      try folder.remove("3.png")
      try folder.write(image: 22, to: "5.png")  // its length is all that was known
      #expect(try folder.train(to: 2) == ["Since the training began, 1 image went, 0 came and 0 changed."])
      try folder.write(image: 23, to: "5.png")
      #expect(try folder.train(to: 3) == ["Since the training began, 0 images went, 0 came and 1 changed."])
    }
  }
}
