import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Which images are for tuning.
struct SplitTests: FaceDatasetTesting {
  private func dataset(_ names: [String], in folder: URL, _ lists: [String: [String]] = [:]) throws
    -> ImageDataset
  {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var lists = lists
    lists["list_attr_celeba.txt"] = ["\(names.count)", "Smiling"] + names.map { "\($0) 1" }
    for (name, lines) in lists {
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.appendingPathComponent(name))
    }
    return try ImageDataset(contentsOf: folder)
  }

  // Of the training images those of the people whose number ends in 0, all images of each.
  @Test func tuningIsByPerson() throws {
    try withTemporaryFolder { folder in
      let people = [10, 11, 20, 10, 15, 100, 30, 40]
      let splits = [0, 0, 0, 0, 0, 0, 1, 2]
      let names = people.indices.map { "\($0).jpg" }
      let images = try dataset(
        names, in: folder,
        [
          "identity_CelebA.txt": zip(names, people).map { "\($0) \($1)" },
          "list_eval_partition.txt": zip(names, splits).map { "\($0) \($1)" },
        ]
      ).images
      #expect(
        images.map(\.split) == [
          .tuning, .train, .tuning, .tuning, .train, .tuning, .validation, .test,
        ])
    }
  }

  // Without a list of people a tenth, within 5√(n·p·(1 − p)) images of it, by the name alone: neither the order of the
  // list, nor the other images, nor the kind of file matters.
  @Test func tuningIsByName() throws {
    try withTemporaryFolder { folder in
      let stems = (0..<2000).map { "photo \($0 * 37)".replacing(" ", with: "-") }
      func tuned(_ stems: [String], _ kind: String) throws -> Set<String> {
        let set = try dataset(
          stems.map { $0 + kind }, in: folder.appendingPathComponent("\(stems.count)\(kind)"))
        #expect(set.images(in: .train).count + set.images(in: .tuning).count == stems.count)
        return Set(set.images(in: .tuning).map { $0.fileName.replacing(kind, with: "") })
      }
      let all = try tuned(stems, ".jpg")
      #expect(abs(Double(all.count) - 200) <= 5 * (2000 * 0.09).squareRoot(), "\(all.count)")
      #expect(try tuned(stems.reversed(), ".png") == all)
      let some = stems.enumerated().filter { $0.offset % 3 != 1 }.map(\.element)
      #expect(try tuned(some, ".jpeg") == all.intersection(some))
    }
  }

  // A set made of another's faces has their splits: its lists say 0 for both kinds, its files are PNG.
  @Test(
    .enabled(if: Shared.isAvailable, "the development data folder is not here"), arguments: [false, true])
  func tuningStaysWhenFacesAreCutOut(hasPeople: Bool) throws {
    try withTemporaryFolder { folder in
      let source = folder.appendingPathComponent("source"), target = folder.appendingPathComponent("target")
      let images = source.appendingPathComponent("img_align_celeba")
      try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
      let all = try ImageDataset(contentsOf: Shared.url("data/celeba"))
      let photos = all.images.prefix(12)
      for photo in photos {
        try FileManager.default.copyItem(
          at: all.url(of: photo), to: images.appendingPathComponent(photo.fileName))
      }
      let names = photos.map(\.fileName)
      let people = names.enumerated().map { "\($1) \(5 * $0 + 5)" }
      let old = try dataset(
        names, in: source,
        ["list_eval_partition.txt": names.map { "\($0) 0" }]
          .merging(hasPeople ? ["identity_CelebA.txt": people] : [:]) { $1 })
      _ = try builder(source, target).build(resumes: false, threads: 2)
      let new = try ImageDataset(contentsOf: target)
      #expect(new.images.count > 8)
      let splits = Dictionary(uniqueKeysWithValues: old.images.map { ($0.fileName, $0.split) })
      for image in new.images {
        let photo = image.fileName.replacing(".png", with: ".jpg")
        #expect(splits[photo] == image.split, "\(photo)")
      }
      #expect(Set(new.images.map(\.split)) == [.train, .tuning])
    }
  }

  // Even and odd people share no image and no person, and are the whole split together, in its order.
  @Test(arguments: [true, false]) func peopleAreOfOneHalf(hasPeople: Bool) throws {
    try withTemporaryFolder { folder in
      let people = (0..<60).map { 3 + $0 * $0 % 17 }
      let names = people.indices.map { "\($0).jpg" }
      var lists = ["list_eval_partition.txt": names.indices.map { "\(names[$0]) \($0 % 5 == 4 ? 1 : 0)" }]
      if hasPeople { lists["identity_CelebA.txt"] = zip(names, people).map { "\($0) \($1)" } }
      let dataset = try dataset(names, in: folder, lists)
      for split in [ImageDataset.Split.train, .validation] {
        let all = dataset.images(in: split)
        let (even, odd) = (dataset.images(in: split, of: .even), dataset.images(in: split, of: .odd))
        #expect(dataset.images(in: split, of: .all) == all)
        #expect(!even.isEmpty && !odd.isEmpty && Set(even).isDisjoint(with: odd))
        #expect(all.filter { Set(even + odd).contains($0) } == all && even.count + odd.count == all.count)
        for half in [even, odd] { #expect(all.filter(Set(half).contains) == half) }
        if hasPeople {
          #expect(even.allSatisfy { ($0.identity ?? 1) % 2 == 0 })
          #expect(odd.allSatisfy { ($0.identity ?? 0) % 2 == 1 })
        } else {
          #expect(abs(even.count - odd.count) <= 1)
        }
      }
    }
  }
}
