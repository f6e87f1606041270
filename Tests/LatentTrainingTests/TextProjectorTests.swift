import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import TestSupport
import Testing

/// What is said of attributes, and learning it.
struct TextProjectorTests {
  private static let names = ["Smiling", "No_Beard", "Has_Scar"]

  // An attribute that no list knows goes by its name; a beard is what No_Beard denies.
  @Test func textsSayWhatTheirAttributesAsk() throws {
    let examples = AttributeTexts(attributeNames: Self.names).examples
    func example(_ text: String) throws -> AttributeTexts.Example {
      try #require(examples.first { $0.text == text }, "\(text)")
    }
    #expect(try example("smiling").target == AttributeTarget(attribute: 0, isReversed: false))
    #expect(try example("sad").target == AttributeTarget(attribute: 0, isReversed: true))
    #expect(try example("a beard").target == AttributeTarget(attribute: 1, isReversed: true))
    #expect(try example("has scar").target == AttributeTarget(attribute: 2, isReversed: false))
    for (text, isNegated) in [
      ("an amused person", false), ("not smiling", true), ("a person without a beard", true),
      ("no beard", true), ("with a goatee", false),
    ] {
      #expect(try example(text).isNegated == isNegated && !example(text).isHeld)
    }
    let texts = AttributeTexts(attributeNames: Self.names)
    #expect(
      (0..<3).map { texts.sentence(about: $0) } == [
        "a smiling face", "a clean-shaven face", "a face with has scar",
      ])
    #expect(try example("a grin").isHeld && example("a grin").isBare)
    #expect(try example("lacking a beard").isHeld)
    #expect(examples.allSatisfy { !$0.text.contains("{") && !$0.text.contains("*") })
  }

  // Nothing that is held back is learned from.
  @Test func whatIsHeldBackIsNotLearned() {
    let texts = AttributeTexts(attributeNames: Self.names)
    let held = Set(texts.examples.filter(\.isHeld).map(\.text))
      .subtracting(texts.examples.filter { !$0.isHeld }.map(\.text))
    #expect(held.contains("a scowl") && held.contains("get rid of the smile"))
    var random = RandomStream(seed: 1, name: "compounds")
    for _ in 0..<200 {
      for example in texts.compound(&random) { #expect(!held.contains(example.text)) }
    }
  }

  /// A text is the mean of random vectors of its words: what it says can be read, but for words that were never seen.
  private struct BagOfWords: TextModel {
    let featureSize = 256

    func features(ofTexts texts: [String]) -> Tensor {
      let rows = texts.map { text -> Tensor in
        let words = text.split { !$0.isLetter }.map(String.init)
        return words.reduce(Tensor(shape: [1, featureSize], repeating: 0)) { sum, word in
          var stream = RandomStream(seed: 1, name: word)
          return Kernels.linearCombination(1, sum, 1, stream.normal(shape: [1, featureSize]), threads: 1)
        }
      }
      return Tape(threads: 1).constant(.concatenated(rows)).unitLength().value
    }
  }

  private static let common = ["table", "window", "smile", "river", "stone", "engine", "paper", "market"]

  private func train(
    _ folder: URL, steps: Int, resumes: Bool = false
  ) throws -> Model {
    let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
    let url = folder.appendingPathComponent("model")
    var model = TinyModel.complete()
    model.directions = WordVectors(
      words: drawn.vectors.words, values: randomFloats(count: 5 * TinyModel.latentSize, seed: 2))
    try model.write(to: url, precision: .single)
    var recipe = TextRecipe()
    (recipe.hiddenUnits, recipe.batch, recipe.steps) = (64, 64, steps)
    try drawn.training(of: url, in: folder.appendingPathComponent("run"), resumes: resumes)
      .trainTexts(recipe, encoders: [BagOfWords()], words: Self.common)
    return try Model(contentsOf: url)
  }

  // From texts to a model: texts that were learned mean their attribute, their negation its opposite, and other words
  // nothing.
  @Test func aProjectorOfTextsIsTrained() throws {
    try withTemporaryFolder { folder in
      let model = try train(folder, steps: 1500)
      let projector = try WordProjector(model, texts: BagOfWords(), threads: 1)
      for (text, thetas) in [
        ("smiling", ["smiling": 1]), ("a woman", ["male": -1]), ("no beard", ["beard": -1]),
        ("not smiling", ["smiling": -1]), ("a man with a beard", ["male": 1, "beard": 1]),
      ] as [(String, [String: Float])] {
        let reading = try #require(projector.reading(of: text))
        #expect(reading.namesSomething, "\(text): \(reading)")
        for word in ["smiling", "male", "beard"] {
          let (got, expected) = (reading.thetas[word] ?? 0, thetas[word] ?? 0)
          #expect(abs(got - expected) < (expected == 0 ? 0.6 : 0.1), "\(text): \(reading)")
        }
      }
      let window = try #require(projector.reading(of: "window"))
      #expect(!window.namesSomething, "\(window)")
      // Its own word has the attribute's own direction.
      let directions = try #require(model.directions)
      #expect(try projector.direction(for: "smiling").values == directions.vector(for: "smiling"))
      let record = try #require(model.records["texts"])
      #expect(record.contains("held words") && record.contains("held negations"))
    }
  }

  // A training that was stopped and resumed makes the bits of one that was not.
  @Test func trainingResumesToTheBit() throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      for folder in [whole, parts] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
      let expected = try train(whole, steps: 8)
      _ = try train(parts, steps: 3)
      try FileManager.default.removeItem(at: parts.appendingPathComponent("data"))
      let got = try train(parts, steps: 8, resumes: true)
      #expect(try got.parameters(of: .texts).bits == expected.parameters(of: .texts).bits)
    }
  }
}
