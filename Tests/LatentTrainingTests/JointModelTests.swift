import Foundation
import LatentArithmetic
import LatentCore
import LatentFaces
import LatentText
import LatentTraining
import TestSupport
import Testing

/// A small joint model of pictures that show no faces: discs on grounds, in a folder with attributes.csv.
struct JointModelTests {
  private static let names = ["large_disc", "red_disc", "blue_ground"]

  /// Draws a picture whose number's bits are its attributes.
  private static func picture(_ index: Int) -> Image {
    let size = 80
    let has = (0..<3).map { index >> $0 & 1 == 1 }
    var pixels = smoothImage(width: size, height: size, seed: index).pixels.map { $0 / 4 }
    let radius = has[0] ? 30 : 14
    for pixel in 0..<size * size {
      let (x, y) = (pixel % size - size / 2 - index % 5, pixel / size - size / 2 + index % 7)
      if x * x + y * y < radius * radius {
        pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [220, has[1] ? 30 : 200, 40])
      } else if has[2] {
        pixels[3 * pixel + 2] += 150
      }
    }
    return Image(width: size, height: size, pixels: pixels)
  }

  private func dataset(in folder: URL) throws -> ImageDataset {
    var table = "file,\(Self.names.joined(separator: ",")),split\n"
    for index in 0..<80 {
      try Self.picture(index).write(to: folder.appendingPathComponent("\(index).png"))
      let flags = (0..<3).map { "\(index >> $0 & 1)" }.joined(separator: ",")
      table += "\(index).png,\(flags),\(index < 64 ? "train" : "validation")\n"
    }
    try Data(table.utf8).write(to: folder.appendingPathComponent("attributes.csv"))
    return try ImageDataset(contentsOf: folder)
  }

  private var recipe: JointRecipe {
    var recipe = JointRecipe()
    recipe.image.width = 4
    (recipe.featureSize, recipe.captions, recipe.batch, recipe.steps) = (32, 32, 16, 120)
    (recipe.learningRate, recipe.averageDecay, recipe.smallestCrop) = (2e-3, 0.9, 0.9)
    (recipe.texts.steps, recipe.texts.hiddenUnits) = (300, 64)
    return recipe
  }

  // On pictures that it has not seen, by texts in forms that no list of these attributes has.
  @Test func picturesFitWhatIsSaidOfThem() throws {
    try withTemporaryFolder { folder in
      let dataset = try dataset(in: folder)
      let url = folder.appendingPathComponent("joint.safetensors")
      let training = Training(
        dataset: dataset, model: url, seed: 3,
        options: RunOptions(folder: folder.appendingPathComponent("run"), threads: 2))
      let encoder = try SentenceEncoder.faces(threads: 2)
      try training.trainJoint(recipe, texts: encoder)
      let model = try JointModel(contentsOf: url, texts: encoder, threads: 2)
      let held = 100..<132
      let texts: [(text: String, fits: (Int) -> Bool)] = [
        ("a drawing with a large disc", { $0 & 1 == 1 }),
        ("without a large disc", { $0 & 1 == 0 }),
        ("red disc", { $0 & 2 == 2 }),
        ("with a red disc and no blue ground", { $0 & 6 == 2 }),
      ]
      let probabilities = try model.probabilities(of: held.map(Self.picture), texts.map(\.text))
      for (index, text) in texts.enumerated() {
        let right = zip(held, probabilities).count { ($1[index] > 0.5) == text.fits($0) }
        #expect(right >= 28, "\(text.text): \(right)")
      }
      // Cosines tell the same apart, which is what edits follow.
      let features = model.features(of: held.map(Self.picture))
      let disc = try model.direction(from: "small disc", to: "large disc")
      let along = Kernels.matrixProduct(features, disc, transposingSecond: true, threads: 1).elements
      func mean(_ bit: Int) -> Float {
        let chosen = held.filter { $0 & 1 == bit }
        return chosen.reduce(Float(0)) { $0 + along[$1 - held.lowerBound] } / Float(chosen.count)
      }
      #expect(mean(1) > mean(0) + Float(0.2))
    }
  }

  // Images alone: the loss of what captions say falls below that of how often each is right.
  @Test func lossFallsBelowThatOfFrequencies() throws {
    var recipe = recipe
    recipe.learningRate = 2e-3
    let configuration = JointConfiguration(image: recipe.image, attributes: Self.names, featureSize: 32)
    var training = JointTraining(recipe: recipe, configuration: configuration, seed: 1)
    var losses: [Float] = []
    for step in 0..<90 {
      let indices = (0..<16).map { (7 * step + 5 * $0) % 64 }
      let entries = indices.map { index in
        var entry = ImageDataset.Entry(fileName: "\(index)")
        entry.attributes = (0..<3).reduce(into: ImageDataset.Attributes()) { $0[$1] = index >> $1 & 1 == 1 }
        return entry
      }
      losses += try training.update(images: Tensor(indices.map(Self.picture)), of: entries, threads: 2)
    }
    // By how often captions of each kind are right alone it is above 0.5.
    #expect(losses.suffix(10).reduce(0, +) / 10 < 0.35)
  }

  // What names nothing of a face is no text to edit by, alone or among sentences; what names something is.
  @Test func textsAboutNothingAreRefused() throws {
    let model = try JointModel.faces(threads: 2)
    for text in ["quantum chromodynamics", "the theory of relativity", "tax return"] {
      #expect(throws: TextEditingError.sameMeaning("a face", text)) {
        try model.direction(from: "a face", to: text, in: ["{}"])
      }
    }
    for text in ["a smiling face", "a grin", "not wearing glasses", "lacking a beard"] {
      #expect(try model.direction(from: "a face", to: text, in: ["{}"]).count == model.featureSize)
    }
  }

  @Test func otherFilesAndEncodersAreRefused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("joint.safetensors")
      let configuration = JointConfiguration(
        image: ScorerConfiguration(architecture: .pyramid, width: 4), attributes: ["a", "b"], featureSize: 8)
      let reader = ProjectorNetwork(path: "texts", dimension: 384, hiddenUnits: 8, latentSize: 5)
      let parameters = Parameters(
        JointNetwork(configuration).parameters + reader.layers.parameters, seed: 1)
      try JointModel.write(
        parameters, configuration, framing: .detected(by: .celeba), record: "{}", to: url)
      let encoder = try SentenceEncoder.faces(threads: 1)
      let model = try JointModel(contentsOf: url, texts: encoder, threads: 1)
      #expect(model.featureSize == 8 && model.framing == .detected(by: .celeba))
      // Written in half precision.
      let features = try model.features(ofTexts: ["a", "not b", ""].dropLast())
      #expect(features.shape == [2, 8])
      for row in 0..<2 {
        #expect(abs(features.row(row).reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
      }
      #expect(try model.features(ofTexts: []).shape == [0, 8])
      #expect(throws: JointModelError.emptyText) { try model.features(ofTexts: [" , "]) }
      // Images of any size are resized.
      let large = Tensor(shape: [1, 160, 160, 3], repeating: 0.25)
      let small = Tensor(shape: [1, 80, 80, 3], repeating: 0.25)
      let tape = Tape(threads: 1)
      let sizes = [large, small].map { model.features(ofImages: tape.constant($0)).value.elements }
      #expect(zip(sizes[0], sizes[1]).allSatisfy { abs($0 - $1) < 1e-4 })

      struct OtherEncoder: TextModel {
        let featureSize = 12
        func features(ofTexts texts: [String]) -> Tensor { Tensor(shape: [texts.count, 12], repeating: 0) }
      }
      #expect(throws: JointModelError.otherEncoder(expected: 384, got: 12)) {
        try JointModel(contentsOf: url, texts: OtherEncoder())
      }
      let other = folder.appendingPathComponent("other.safetensors")
      try encoder.write(to: other)
      #expect(throws: JointModelError.notAJointModel(name: "other.safetensors")) {
        try JointModel(contentsOf: other, texts: encoder)
      }
    }
  }
}
