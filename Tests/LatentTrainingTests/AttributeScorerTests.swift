import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import LatentFaces
import TestSupport
import Testing

/// The scorer that comes with the library, and the training of one.
struct AttributeScorerTests {
  // The goal for a scorer that measures others is 0.88 of the answers; always saying the commoner one gives 0.80.
  @Test(
    .enabled(if: Shared.isAvailable, "the development data folder is not here"), arguments: [false, true])
  func mostAnswersAreRightOnPeopleNeverSeen(calibrating: Bool) throws {
    let scorer = try AttributeScorer.faces(calibrating: calibrating)
    let dataset = try ImageDataset(contentsOf: Shared.url("data/celeba"))
    #expect(scorer.attributeNames == dataset.attributeNames && scorer.attributeNames.count == 40)
    let held = dataset.images(in: .validation)
    var right = [Int](repeating: 0, count: 40)
    var positive = right
    for image in held {
      let photo = try Image(contentsOf: dataset.url(of: image))
      let logits = scorer.logits(of: [photo.cropped(to: scorer.alignment.frameInAlignedCelebA, size: 80)]
      )[0]
      let attributes = try #require(image.attributes)
      for (index, logit) in logits.enumerated() {
        #expect(logit.isFinite)
        if (logit > 0) == attributes[index] { right[index] += 1 }
        if attributes[index] { positive[index] += 1 }
      }
    }
    #expect(held.count == 1500)
    let mean = Double(right.reduce(0, +)) / Double(40 * held.count)
    let majority = positive.map { max($0, held.count - $0) }.reduce(0, +)
    #expect(mean >= 0.88, "\(mean)")
    #expect(mean > Double(majority) / Double(40 * held.count) + 0.05)
  }

  @Test(arguments: ["scorer", "calibrating"]) func theScorersAreSmallEnoughToEmbed(name: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/LatentFaces/Resources/\(name).safetensors")
    let size = try #require(url.resourceValues(forKeys: [.fileSizeKey]).fileSize)
    #expect((1...3_000_000).contains(size))
  }

  // Bright images are "Bright" and those with a red left half "Red": the scorer learns to tell them apart on
  // images that it was not trained on, and a training that was stopped writes the same bits as one that was not.
  @Test func trainingLearnsAndContinues() async throws {
    try await withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try Self.write(count: 48, to: data)
      let dataset = try ImageDataset(contentsOf: data)
      var recipe = ScorerRecipe.calibrating
      (recipe.network.width, recipe.batch, recipe.steps, recipe.averageDecay) = (4, 8, 300, 0.9)
      (recipe.flips, recipe.people, recipe.smallestCrop) = (false, .all, 1)

      func train(_ name: String, cancelAfter last: Int?, resumes: Bool = false) async throws {
        var options = RunOptions(folder: folder.appendingPathComponent(name + ".training"), threads: 1)
        options.resumes = resumes
        try await Task { [recipe, options] in
          try Training(
            dataset: dataset, model: folder.appendingPathComponent(name), seed: 3, options: options,
            report: { if $0.step == last { cancelTask() } }
          ).trainScorer(recipe)
        }.value
      }

      try await train("whole", cancelAfter: nil)
      await #expect(throws: CancellationError.self) { try await train("halves", cancelAfter: 117) }
      try await train("halves", cancelAfter: nil, resumes: true)
      let whole = try Data(contentsOf: folder.appendingPathComponent("whole"))
      #expect(try whole == Data(contentsOf: folder.appendingPathComponent("halves")))

      let scorer = try AttributeScorer(contentsOf: folder.appendingPathComponent("whole"), threads: 1)
      #expect(scorer.attributeNames == ["Bright", "Red"])
      for index in 100..<116 {
        let score = scorer.score(Self.image(index))
        #expect(((score["Bright"] ?? .nan) > 0) == Self.isBright(index), "\(index): \(score)")
        #expect(((score["Red"] ?? .nan) > 0) == Self.isRed(index), "\(index): \(score)")
      }
    }
  }

  @Test func otherFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try TinyModel.complete().write(to: url)
      #expect(throws: ModelError.notAScorer(name: "model.safetensors")) {
        try AttributeScorer(contentsOf: url)
      }
    }
  }

  // Scores are told by name, so that a file with one name for two logits, or without any, is no scorer. The names are
  // looked at before the tensors.
  @Test(arguments: ["Red\nRed", "", "\n"]) func namesAreThereOnce(_ names: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("scorer.safetensors")
      try Parameters().write(
        to: url, metadata: ["format": "LatentArithmetic scorer 1", "attributes": names, "width": "1"],
        precision: .single)
      #expect(throws: ModelError.notAScorer(name: "scorer.safetensors")) {
        try AttributeScorer(contentsOf: url)
      }
    }
  }

  // MARK: - Drawn images

  private static func isBright(_ index: Int) -> Bool { index % 2 == 0 }
  private static func isRed(_ index: Int) -> Bool { index / 2 % 2 == 0 }

  private static func image(_ index: Int) -> Image {
    let base: UInt8 = isBright(index) ? 170 : 60
    var pixels = randomImage(width: 80, height: 80, seed: UInt64(index)).pixels.map { base + $0 / 7 }
    if isRed(index) { for place in 0..<80 * 80 where place % 80 < 40 { pixels[3 * place] += 45 } }
    return Image(width: 80, height: 80, pixels: pixels)
  }

  private static func write(count: Int, to folder: URL) throws {
    let images = folder.appendingPathComponent("img_align_celeba")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    var list = "\(count)\nBright Red\n"
    for index in 0..<count {
      try image(index).write(to: images.appendingPathComponent("\(index).png"))
      list += "\(index).png \(isBright(index) ? "1" : "-1") \(isRed(index) ? "1" : "-1")\n"
    }
    try Data(list.utf8).write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
  }
}
