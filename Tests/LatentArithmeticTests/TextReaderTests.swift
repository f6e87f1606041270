import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// What texts mean to a model: its table, its network, and the clauses of a sentence.
struct TextReaderTests {
  private static let dimension = 3
  /// Two attributes, whose θ is written down for two words.
  private static func model() -> Model {
    var model = TinyModel.complete()
    let network = ProjectorNetwork(path: "texts", dimension: dimension, hiddenUnits: 4, latentSize: 5)
    var parameters = TinyModel.parameters(network.layers.parameters)
    parameters[TextProjector.directionsPath] = Tensor(
      shape: [2, TinyModel.latentSize], elements: randomFloats(count: 2 * TinyModel.latentSize, seed: 3))
    parameters[TextProjector.wordsPath] = Tensor(shape: [3, 2], elements: [1, 0, 0, -1, 0, 0])
    parameters[TextProjector.certaintiesPath] = Tensor(shape: [3], elements: [1, 0.9, 0.1])
    model.setTexts(
      .init(attributes: ["smiling", "young"], words: ["smiling", "old", "table"]), to: parameters,
      record: "{}")
    return model
  }

  /// Features by the length of a text, and nil for one that cannot be had.
  private static let encoder = TextReader.Encoder(featureSize: dimension) { text in
    text == "???" ? nil : [Float(text.count), 1, -1]
  }

  private func projector(of model: Model = model()) throws -> WordProjector<ZSpace> {
    try WordProjector(model, vectors: nil, encoder: Self.encoder, threads: 1)
  }

  // A word's direction is Σ θ·d, d being the attributes' directions.
  @Test func wordsOfTheTableHaveTheirAttributesDirections() throws {
    let model = Self.model()
    let directions = try #require(try model.parameters(of: .texts)[TextProjector.directionsPath])
    let projector = try projector()
    #expect(try projector.direction(for: "Smiling").values == directions.row(0))
    #expect(try projector.direction(for: " old ").values == directions.row(1).map { -$0 })
    #expect(try projector.direction(for: "table").length == 0)
    #expect(projector.meaning(of: "old")?.meaning == TextMeaning(coordinates: [0, -1], certainty: 0.9))
    #expect(try projector.nearest(to: "smiling", count: 1).map(\.word) != ["smiling"])
    #expect(throws: LatentError.wordTwice("Smiling", "smiling")) {
      try projector.direction(of: ["smiling": 1, "Smiling": 1])
    }
  }

  // σ(r) and the signs of o and n, worked out by hand: the largest θ is 1 where the text is about something.
  @Test func logitsBecomeThetas() {
    let logits: [([Float], TextMeaning)] = [
      ([9, -9, -9, -9, -9], TextMeaning(coordinates: [1, 0], certainty: 1)),
      ([9, -9, 9, -9, -9], TextMeaning(coordinates: [-1, 0], certainty: 1)),
      ([9, 9, 9, -9, 9], TextMeaning(coordinates: [1, -1], certainty: 1)),
      // σ(0) = ½ is about something as probably as not, and σ(−2) is more than three tenths of it only just not.
      ([0, -2, -9, -9, -9], TextMeaning(coordinates: [1, 0], certainty: 0.5)),
      ([-2, -9, -9, -9, -9], TextMeaning(coordinates: [0.2384, 0], certainty: 0.1192)),
    ]
    let meanings = TextProjector.meanings(
      of: Tensor(shape: [logits.count, 5], elements: logits.flatMap(\.0)))
    for (got, expected) in zip(meanings, logits.map(\.1)) {
      for (a, b) in zip(got.coordinates + [got.certainty], expected.coordinates + [expected.certainty]) {
        #expect(abs(a - b) <= 2e-4, "\(got), not \(expected)")
      }
    }
  }

  // A sentence means what its clauses mean together, each attribute at most once.
  @Test func sentencesAreReadClauseByClause() throws {
    let clauses: [(String, [String])] = [
      ("a smiling man with glasses and no beard", ["a smiling man", "with glasses", "no beard"]),
      ("not wearing glasses", ["not wearing glasses"]), ("is not wearing a hat", ["is not wearing a hat"]),
      ("a man who is not bald, old", ["a man", "who is not bald", "old"]),
      ("a face without a beard", ["a face", "without a beard"]),
      ("salt-and-pepper hair!", ["salt-and-pepper hair"]), ("and", []), ("...", []),
    ]
    for (text, expected) in clauses { #expect(TextReader.clauses(of: text) == expected) }
    let projector = try projector()
    let both = try #require(projector.meaning(of: "smiling and old")).meaning
    #expect(both == TextMeaning(coordinates: [1, -1], certainty: 1))
    let twice = try #require(projector.meaning(of: "old, old and old")).meaning
    #expect(twice.coordinates == [0, -1])
  }

  // What the table lacks goes through the encoder and the network.
  @Test func otherTextsAreEncoded() throws {
    let model = Self.model()
    let parameters = try model.parameters(of: .texts)
    let network = TextProjector.network(parameters, attributes: 2)
    let input = Tensor(shape: [1, 3], elements: [6, 1, -1])
    let expected = TextProjector.meanings(of: network.layers.inferred(input, parameters, threads: 1))[0]
    #expect(try projector().meaning(of: "a  HAT ")?.meaning != nil)
    #expect(try projector().meaning(of: "a  beer")?.meaning == expected)
    for unknown in ["", "  ", "???"] {
      #expect(throws: WordVectorsError.self) { try projector().direction(for: unknown) }
    }
    let alone = try WordProjector<ZSpace>(model, threads: 1)
    #expect(alone.meaning(of: "old") != nil)
    #expect(throws: WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])) {
      try alone.direction(for: "smilling")
    }
    let other = TextReader.Encoder(featureSize: 5) { _ in nil }
    #expect(throws: ModelError.wrongWordVectors(expected: 3, got: 5)) {
      try WordProjector<ZSpace>(model, vectors: nil, encoder: other, threads: 1)
    }
  }

  // A line each: what was written comes back, and an empty word or one that comes twice is refused.
  @Test func linesBecomeWords() throws {
    let vectors = try #require(WordVectors(lines: "red\nnew york\nähnlich", values: [1, 2, 3, 4, 5, 6]))
    #expect(Array(vectors.words) == ["red", "new york", "ähnlich"] && vectors["New York"] == [3, 4])
    let list = try #require(WordVectors(lines: "red\nnew york"))
    #expect(list.dimension == 0 && list["New York"] == [] && list["green"] == nil)
    #expect(list.suggestions(for: "rod") == ["red"])
    for lines in ["", "a\n", "a\n\nb", "\na", "a\nb\na"] {
      let count = lines.split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(WordVectors(lines: lines, values: [Float](repeating: 1, count: 2 * count)) == nil)
    }
  }

  // The part comes back from a file to the bit, goes with the projector, and is missed where it is damaged.
  @Test func modelsKeepTheirTexts() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      var model = Self.model()
      try model.write(to: url, precision: .single)
      let read = try Model(contentsOf: url)
      #expect(read.texts == model.texts)
      #expect(try read.parameters(of: .texts).bits == model.parameters(of: .texts).bits)
      let words = try WordProjector<ZSpace>(read, threads: 1).words
      #expect(Array(words) == ["smiling", "old", "table"])
      model.set(.projector, to: try model.parameters(of: .projector), record: nil)
      #expect(model.texts == nil)

      var file = try Parameters(TensorFile(contentsOf: url))
      let metadata = try TensorFile(contentsOf: url).metadata
      file[TextProjector.certaintiesPath] = Tensor(shape: [2], elements: [1, 1])
      try file.write(to: url, metadata: metadata, precision: .single)
      #expect(throws: WeightSourceError.self) { try Model(contentsOf: url) }
    }
  }
}
