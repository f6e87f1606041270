import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Folders of photos that become data sets of faces.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct FaceDatasetTests: FaceDatasetTesting {
  // kept + left = photos; a crop is cropped(frame(largest face)); the journal has a line for each photo.
  @Test(arguments: FaceAlignment.allCases) func everyPhotoIsAccountedFor(alignment: FaceAlignment)
    async throws
  {
    try await withPhotos { photos, target in
      var steps: [Int] = []
      let summary = try builder(photos, target, alignment: alignment)
        .build(
          resumes: false, threads: 1,
          report: { progress in
            #expect(progress.steps == Self.photos.count)
            steps.append(progress.step)
          })
      #expect(summary.kept == 3 && summary.left == 3)
      #expect(steps.count == Self.photos.count && steps.last == Self.photos.count)

      let entries = try entries(of: target)
      #expect(entries.map { $0[0] } == Self.photos.map(\.0))
      #expect(entries.map { $0[1] == "kept" } == Self.photos.map(\.1))
      let details = Dictionary(uniqueKeysWithValues: entries.map { ($0[0], $0[2]) })
      #expect(details["no-faces.jpg"] == "There is no face in the image.")
      #expect(details["text.jpg"] == "“text.jpg” is neither a PNG nor a JPEG image.")
      #expect(details["cut.jpg"]?.hasPrefix("The image “cut.jpg” cannot be read: ") == true)
      #expect(
        try fileNames(in: target) == ["crop.txt", "faces.tsv", "ivan.png", "multiface.png", "two-faces.png"])
      for name in ["ivan", "multiface", "two-faces"] {
        let (face, crop) = try expectedCrop(
          photos.appendingPathComponent(name + ".jpg"), alignment: alignment)
        #expect(crop.width == Self.size && crop.height == Self.size)
        #expect(try Image(contentsOf: target.appendingPathComponent(name + ".png")) == crop, "\(name)")
        let box = [face.box.x, face.box.y, face.box.width, face.box.height].map { "\(Int($0.rounded()))" }
        #expect(details[name + ".jpg"] == box.joined(separator: " "))
      }
      let made = try ImageDataset(contentsOf: target)
      #expect(made.images.count == 3 && made.framing == .detected(by: alignment))
    }
  }

  // m on each side: the box [x − m·w, x + (1 + m)·w] and alike in y, as far as the photo reaches.
  @Test(arguments: [0.1, 1]) func aBoxHasTheMarginAskedFor(margin: Double) async throws {
    try await withPhotos { photos, target in
      _ = try builder(photos, target, alignment: .box(margin: margin)).build(threads: 1)
      #expect(try ImageDataset(contentsOf: target).framing == .detected(by: .box(margin: margin)))
      for name in ["ivan", "multiface", "two-faces"] {
        let url = photos.appendingPathComponent(name + ".jpg")
        let photo = try Image(contentsOf: url)
        let (face, bare) = try expectedCrop(url, alignment: .box())
        let box = face.box
        let (left, top) = (max(box.x - margin * box.width, 0), max(box.y - margin * box.height, 0))
        let right = min(box.x + (1 + margin) * box.width, Double(photo.width))
        let bottom = min(box.y + (1 + margin) * box.height, Double(photo.height))
        let expected = photo.cropped(
          to: FaceFrame(Rectangle(x: left, y: top, width: right - left, height: bottom - top)),
          size: Self.size)
        let crop = try Image(contentsOf: target.appendingPathComponent(name + ".png"))
        // A frame that differs by roundings of some 1e-13 moves a value by a gray level at most.
        #expect(zip(crop.pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(name)")
        #expect(crop != bare, "\(name)")
      }
      #expect(throws: DatasetError.self) {
        try builder(photos, target, alignment: .box()).build(resumes: true)
      }
    }
  }

  // The aligned photo 001294 has a second face that the detector is surer of.
  @Test func theLargestFaceIsTaken() throws {
    try withTemporaryFolder { folder in
      let photo = try Shared.url("data/celeba/img_align_celeba/001294.jpg")
      let faces = try detector().detect(Image(contentsOf: photo))
      let (largest, crop) = try expectedCrop(photo)
      #expect(faces.count > 1 && faces.first != largest)
      let photos = folder.appendingPathComponent("photos"), target = folder.appendingPathComponent("faces")
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: photo, to: photos.appendingPathComponent("001294.jpg"))
      let summary = try builder(photos, target).build(resumes: false, threads: 1)
      #expect(summary.kept == 1)
      #expect(try Image(contentsOf: target.appendingPathComponent("001294.png")) == crop)
    }
  }

  // Which thread does a photo decides nothing but the order of the journal.
  @Test func threadsGiveTheSameImages() async throws {
    try await withPhotos { photos, target in
      func built(threads: Int) throws -> [String: Data] {
        let folder = target.appendingPathExtension("\(threads)")
        let summary = try builder(photos, folder).build(resumes: false, threads: threads)
        #expect(summary.kept == 3)
        var files = try contents(of: folder)
        let lines = try entries(of: folder).map { $0.joined(separator: "\t") }.sorted()
        files["faces.tsv"] = Data(lines.joined(separator: "\n").utf8)
        return files
      }
      let one = try built(threads: 1)
      #expect(one.count == 5)
      #expect(try built(threads: 2) == one)
      #expect(try built(threads: 4) == one)
    }
  }

  // Each photo has an image of its own, whatever its name shares with others.
  @Test func namesThatCollideStayApart() async throws {
    try await withPhotos { photos, target in
      let image = try Image(contentsOf: photos.appendingPathComponent("two-faces.jpg"))
      let source = target.deletingLastPathComponent().appendingPathComponent("alike")
      try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
      try image.write(to: source.appendingPathComponent("a.jpg"))
      try image.mirrored().write(to: source.appendingPathComponent("a.png"))
      try image.resized(width: 449, height: 212).write(to: source.appendingPathComponent("a.jpg.png"))
      try image.resized(width: 505, height: 239).write(to: source.appendingPathComponent("b.png"))
      // A tab and a line's end, which the journal cannot hold.
      try image.write(to: source.appendingPathComponent("c\td\r\ne.png"))
      let images = [
        "a.jpg": "a.jpg.png", "a.png": "a.png.png", "a.jpg.png": "a.jpg.png.png", "b.png": "b.png",
        "c\td\r\ne.png": "c\td\r\ne.png",
      ]
      for resumes in [false, true] {
        let summary = try builder(source, target).build(resumes: resumes, threads: 2)
        #expect(summary.kept == 5 && summary.left == 0)
        #expect(try fileNames(in: target) == (["crop.txt", "faces.tsv"] + images.values).sorted())
        for (photo, image) in images {
          let (_, crop) = try expectedCrop(source.appendingPathComponent(photo))
          #expect(try Image(contentsOf: target.appendingPathComponent(image)) == crop, "\(photo)")
        }
        #expect(try entries(of: target).allSatisfy { $0.count == 3 })
      }
    }
  }

  // MARK: - CelebA's layout

  // The lists of the new data set are those of the old one, restricted to the images kept, under their new names.
  @Test(arguments: [true, false]) func celebALayoutBecomesOne(hasMoreLists: Bool) async throws {
    try await withPhotos { photos, target in
      let source = target.deletingLastPathComponent().appendingPathComponent("celeba")
      try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
      try FileManager.default.moveItem(at: photos, to: source.appendingPathComponent("img_align_celeba"))
      func write(_ name: String, _ lines: [String]) throws {
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: source.appendingPathComponent(name))
      }
      // Not in alphabetical order, and with an image that is not there.
      let names = ["two-faces.jpg", "missing.jpg"] + Self.photos.dropLast().map(\.0).reversed()
      let isPositive = randomDoubles(count: names.count * 5, seed: 12).map { $0 > 0 }
      try write(
        "list_attr_celeba.txt",
        ["\(names.count)", "Smiling Young Male Bald Hat"]
          + names.enumerated().map { row, name in
            ([name] + (0..<5).map { isPositive[row * 5 + $0] ? "1" : "-1" }).joined(separator: " ")
          })
      if hasMoreLists {
        try write("list_eval_partition.txt", names.enumerated().map { "\($1) \($0 % 3)" })
        // The last photo's person is not known.
        try write("natural.txt", ["ivan.jpg"])
        try write("identity_CelebA.txt", names.dropLast().enumerated().map { "\($1) \(900 + 7 * $0)" })
      }

      let summary = try builder(source, target).build(resumes: false, threads: 2)
      #expect(summary.kept == 3 && summary.left == 4)
      let lists =
        ["list_attr_celeba.txt"]
        + (hasMoreLists ? ["list_eval_partition.txt", "identity_CelebA.txt", "natural.txt"] : [])
      #expect(try fileNames(in: target) == (["crop.txt", "faces.tsv", "img_align_celeba"] + lists).sorted())

      let old = try ImageDataset(contentsOf: source), new = try ImageDataset(contentsOf: target)
      #expect(new.attributeNames == old.attributeNames && new.attributeNames.count == 5)
      #expect(old.framing == nil && new.framing == .detected(by: .celeba))
      #expect(new.images.map(\.fileName) == ["two-faces.png", "multiface.png", "ivan.png"])
      #expect(try fileNames(in: new.folder) == ["ivan.png", "multiface.png", "two-faces.png"])
      for image in new.images {
        let photo = image.fileName.replacing(".png", with: ".jpg")
        let origin = try #require(old.images.first { $0.fileName == photo })
        let row = try #require(names.firstIndex(of: photo))
        #expect((0..<5).allSatisfy { image.attributes?[$0] == isPositive[row * 5 + $0] }, "\(photo)")
        #expect(image.split == origin.split && image.identity == origin.identity, "\(photo)")
        #expect(image.isNatural == origin.isNatural, "\(photo)")
        if hasMoreLists { #expect((row % 3 == 1) == (image.split == .validation)) }
        #expect(image.identity == (hasMoreLists ? 900 + 7 * row : nil))
        let (_, crop) = try expectedCrop(old.url(of: origin))
        #expect(try Image(contentsOf: new.url(of: image)) == crop, "\(photo)")
      }

      // Resuming what is complete writes the same lists again.
      let before = try contents(of: target)
      _ = try builder(source, target).build(resumes: true, threads: 1)
      #expect(try contents(of: target) == before)
    }
  }
}
