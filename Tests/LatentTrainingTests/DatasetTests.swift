import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

@Suite struct DatasetTests {
  private static let attributes = """
    3
    Smiling Young No_Beard\u{20}
    a.jpg  1 -1  1
    b.jpg -1  1 -1\r
    c.jpg  1  1  1

    """

  private func write(_ text: String, to name: String, in folder: URL) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  @Test func celebALayoutIsRead() throws {
    try withTemporaryFolder { folder in
      try write(Self.attributes, to: "list_attr_celeba.txt", in: folder)
      var dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.attributeNames == ["Smiling", "Young", "No_Beard"])
      #expect(dataset.images.map(\.fileName) == ["a.jpg", "b.jpg", "c.jpg"])
      #expect(dataset.images.map { $0.attributes?.bits } == [0b101, 0b010, 0b111])
      #expect(dataset.images(in: .train).count == 3)
      #expect(dataset.images.allSatisfy { $0.identity == nil })
      #expect(dataset.url(of: dataset.images[0]).path == folder.path + "/img_align_celeba/a.jpg")

      try write("a.jpg 0\nb.jpg 1\nc.jpg 2\n", to: "list_eval_partition.txt", in: folder)
      try write("a.jpg 2880\nc.jpg 5", to: "identity_CelebA.txt", in: folder)
      dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.images.map(\.split) == [.tuning, .validation, .test])
      #expect(dataset.images.map(\.identity) == [2880, nil, 5])
      #expect(dataset.images(in: .validation).map(\.fileName) == ["b.jpg"])
    }
  }

  @Test(arguments: [
    ("many\nA\n", 1, "“list_attr_celeba.txt”, line 1, byte 0: expected the number of images, got “many”."),
    ("1\n\na.jpg\n", 2, "“list_attr_celeba.txt”, line 2, byte 2: expected 1 to 64 names, got 0."),
    (
      "1\nA B\na.jpg 1\n", 3,
      "“list_attr_celeba.txt”, line 3, byte 6: expected 2 values after the file name, got 1."
    ),
    ("1\nA B\na.jpg 1 0\n", 3, "“list_attr_celeba.txt”, line 3, byte 14: expected 1 or -1 for B, got “0”."),
    (
      "2\nA\na.jpg 1\n", 1,
      "“list_attr_celeba.txt”, line 1, byte 0: expected the number of images, which is 1, got 2."
    ),
    ("", 1, "“list_attr_celeba.txt”, line 1, byte 0: expected the number of images, got “”."),
    (
      "2\nA\na.jpg 1\na.jpg 1\n", 4,
      "“list_attr_celeba.txt”, line 4, byte 12: expected each file once, got “a.jpg” again."
    ),
    (
      "1\nA\n../a.jpg 1\n", 3,
      "“list_attr_celeba.txt”, line 3, byte 4: expected the name of a file in the folder, got “../a.jpg”."
    ),
    (
      "1\nA A\na.jpg 1 1\n", 2,
      "“list_attr_celeba.txt”, line 2, byte 2: expected each attribute once, got “A” again."
    ),
  ])
  func malformedListsAreNamed(text: String, line: Int, sentence: String) throws {
    try withTemporaryFolder { folder in
      try write(text, to: "list_attr_celeba.txt", in: folder)
      let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
      #expect(error?.description == sentence)
    }
  }

  @Test func malformedPartitionIsNamed() throws {
    try withTemporaryFolder { folder in
      try write(Self.attributes, to: "list_attr_celeba.txt", in: folder)
      try write("a.jpg 0\nb.jpg 3\n", to: "list_eval_partition.txt", in: folder)
      let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
      #expect(
        error?.description
          == "“list_eval_partition.txt”, line 2, byte 8: expected a file name and 0, 1 or 2, got “b.jpg 3”.")
    }
  }

  @Test func naturalImagesAreListed() throws {
    try withTemporaryFolder { folder in
      try write(Self.attributes, to: "list_attr_celeba.txt", in: folder)
      try write("a.jpg 0\nb.jpg 1\nc.jpg 0\n", to: "list_eval_partition.txt", in: folder)
      #expect(try ImageDataset(contentsOf: folder).images.allSatisfy(\.isNatural))
      try write("c.jpg\n", to: "natural.txt", in: folder)
      #expect(try ImageDataset(contentsOf: folder).images.map(\.isNatural) == [false, true, true])
      try write("c.jpg 1\n", to: "natural.txt", in: folder)
      let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
      #expect(error?.description == "“natural.txt”, line 1, byte 0: expected one file name, got 2 fields.")
    }
  }

  @Test func plainFolderIsRead() throws {
    try withTemporaryFolder { folder in
      #expect(throws: DatasetError.noImages(path: folder.path)) { try ImageDataset(contentsOf: folder) }
      for name in ["b.JPG", "a.png", "notes.txt", ".hidden.png"] { try write("", to: name, in: folder) }
      let dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.images.map(\.fileName) == ["a.png", "b.JPG"])
      #expect(dataset.attributeNames.isEmpty && dataset.images.allSatisfy { $0.attributes == nil })
      let missing = folder.appendingPathComponent("missing")
      #expect(throws: DatasetError.folderMissing(path: missing.path)) {
        try ImageDataset(contentsOf: missing)
      }
      let photo = folder.appendingPathComponent("a.png")
      #expect(throws: DatasetError.notAFolder(path: photo.path)) { try ImageDataset(contentsOf: photo) }
    }
  }

  // Folders below and links are walked, an outer one once; images of other kinds are counted.
  @Test func foldersBelowAreRead() throws {
    try withTemporaryFolder { folder in
      let (photos, elsewhere) = (
        folder.appendingPathComponent("photos"), folder.appendingPathComponent("elsewhere")
      )
      for url in [photos.appendingPathComponent("2020/may"), elsewhere] {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      }
      for name in ["a.png", "2020/b.jfif", "2020/may/c.JPEG", "2020/d.heic", "e.webp", "f.webp", "g.txt"] {
        try write("", to: name, in: photos)
      }
      try write("", to: "h.png", in: elsewhere)
      for (name, target) in [("link", elsewhere), ("2020/outer", photos)] {
        try FileManager.default.createSymbolicLink(
          at: photos.appendingPathComponent(name), withDestinationURL: target)
      }
      let dataset = try ImageDataset(contentsOf: photos)
      #expect(dataset.images.map(\.fileName) == ["2020/b.jfif", "2020/may/c.JPEG", "a.png", "link/h.png"])
      #expect(dataset.passedOver == ["2020/d.heic", "e.webp", "f.webp"])
      #expect(dataset.passedOverNote == "Passed over images of kinds that are not read: 1 .heic, 2 .webp.")
    }
  }

  @Test(.enabled(if: Shared.isAvailable)) func celebAIsRead() throws {
    let dataset = try ImageDataset(contentsOf: Shared.url("data/celeba"))
    #expect(dataset.images.count == 28_500 && dataset.attributeNames.count == 40)
    let (train, tuning) = (dataset.images(in: .train), dataset.images(in: .tuning))
    #expect(train.count + tuning.count == 27_000 && dataset.images(in: .validation).count == 1_500)
    // A tenth of the people, none of whom the training sees.
    #expect((2_500...2_900).contains(tuning.count))
    #expect(Set(train.map(\.identity)).isDisjoint(with: tuning.map(\.identity)))
    let first = dataset.images[0]
    #expect(first.fileName == "000001.jpg" && first.identity == 2880)
    // The first row of the list, read by eye.
    let present = dataset.attributeNames.indices.filter { first.attributes?[$0] == true }
    #expect(
      present.map { dataset.attributeNames[$0] } == [
        "Arched_Eyebrows", "Attractive", "Brown_Hair", "Heavy_Makeup", "High_Cheekbones",
        "Mouth_Slightly_Open",
        "No_Beard", "Pointy_Nose", "Smiling", "Straight_Hair", "Wearing_Earrings", "Wearing_Lipstick",
        "Young",
      ])
    for entry in dataset.images.prefix(64) {
      let image = try Image(contentsOf: dataset.url(of: entry))
      #expect((image.width, image.height) == (178, 218), "\(entry.fileName)")
    }
  }
}
