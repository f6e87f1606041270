import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import TestSupport
import Testing

/// The training of small sentence encoders by a tiny teacher of random weights.
struct SentenceEncoderTrainingTests {
  private static let texts = [
    "a man with the hat", "no hat", "a woman with a beard", "no beard, no smile!", "the mans hats", "smile",
    "a man",
  ]

  private var recipe: SentenceEncoderRecipe {
    var recipe = SentenceEncoderRecipe()
    (recipe.tableWidth, recipe.width, recipe.heads, recipe.layers, recipe.positions) = (8, 12, 3, 2, 10)
    (recipe.mixedTexts, recipe.batch, recipe.steps, recipe.learningRate) = (20, 12, 8, 0.01)
    return recipe
  }

  private func teacher() throws -> SentenceEncoder {
    try withTemporaryFolder { folder in
      var model = TinyBERT()
      model.vocabulary += ["[unused0]", "шляпа", "##шка"]
      try model.write(to: folder)
      return try SentenceEncoder(contentsOf: folder, threads: 1)
    }
  }

  private func training(
    _ recipe: SentenceEncoderRecipe, seed: UInt64 = 1, threads: Int = 2
  ) throws -> SentenceEncoderTraining {
    try SentenceEncoderTraining(recipe, teacher: teacher(), texts: Self.texts, seed: seed, threads: threads)
  }

  @Test func featuresComeToAgree() throws {
    var recipe = recipe
    recipe.steps = 150
    var training = try training(recipe)
    let losses = (0..<150).map { _ in training.advance()[0] }
    let (first, last) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
    #expect(last < 0.5 * first, "\(first) \(last)")
    // The loss is what the encoder's features say.
    let (features, expected) = (
      training.encoder.features(ofTexts: Self.texts), try teacher().features(ofTexts: Self.texts)
    )
    #expect(features.shape == expected.shape)
    let cosine =
      zip(features.elements, expected.elements).reduce(0) { $0 + $1.0 * $1.1 } / Float(Self.texts.count)
    #expect(cosine > 1 - last / 5, "\(cosine) \(last)")
  }

  // Tokens without use and of other scripts are unknown to the encoder, unless they are to stay.
  @Test func vocabulariesAreCut() throws {
    var recipe = recipe
    let cut = try training(recipe).encoder
    recipe.keepsAllScripts = true
    let whole = try training(recipe).encoder
    let all = try teacher()
    #expect(cut.architecture.vocabularySize == 18 && whole.architecture.vocabularySize == 20)
    let text = "a hats шляпа"
    let words = { (encoder: SentenceEncoder) in
      encoder.tokens(of: text).map { encoder.tokenizer.vocabulary[$0] }
    }
    #expect(words(cut) == ["[CLS]", "a", "hat", "##s", "[UNK]", "[SEP]"])
    #expect(words(whole) == words(all) && words(all)[4] == "шляпа")
  }

  // A byte order mark is no part of the first text, nor an end of a line of any; what is no UTF-8 is named.
  @Test(
    arguments: [
      (Array("\u{FEFF}a hat\r\nno\u{2028}\n\nbeard".utf8), ["a hat", "no", "beard"], ""),
      (Array("шляпа".utf8), ["шляпа"], ""), ([], [], ""),
      ([0xFF, 0xFE, 0x61, 0], [], "it is text in UTF-16: save it as UTF-8"),
      ([0x61, 0xE9, 0x0A], [], "it is no text in UTF-8"),
      ([0x1F, 0x8B, 8, 0], [], "it is compressed by gzip: unpack it by “gunzip”"),
    ] as [([UInt8], [String], String)])
  func textsAreReadOfLines(bytes: [UInt8], texts: [String], reason: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("texts.txt")
      try Data(bytes).write(to: url)
      guard reason.isEmpty else {
        #expect(throws: FileError.unreadable(path: url.path, reason: reason)) {
          try SentenceEncoderTraining.texts(contentsOf: url)
        }
        return
      }
      #expect(try SentenceEncoderTraining.texts(contentsOf: url) == texts)
    }
  }

  // 1 − cos, of texts of several lengths and words, against central differences of the twin.
  @Test func gradientsAreThoseOfTheTwin() throws {
    let training = try training(recipe)
    let chosen = [0, 3, 3, 9, 12, 14, 15, 16, 20, 25]
    let (loss, gradients) = training.gradients(ofTexts: chosen)
    let parameters = training.encoder.parameters
    let (texts, targets) = (
      chosen.map { training.lessons.texts[$0] },
      chosen.map { training.lessons.targets.row($0).map(Double.init) }
    )
    #expect(Set(texts.map(\.count)).count > 2)
    #expect(gradients.keys.sorted() == parameters.paths)
    func twin(_ values: ReferenceParameters) -> Double {
      zip(texts, targets).reduce(0) { sum, pair in
        let feature = Twin(values).feature(of: pair.0)
        let length = feature.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sum + 1 - zip(feature, pair.1).reduce(0) { $0 + $1.0 * $1.1 } / length
      } / Double(texts.count)
    }
    let expected = twin(parameters.inDouble)
    #expect(abs(Double(loss) - expected) <= 1e-5 * expected, "\(loss) \(expected)")
    for comparison in comparisons(of: gradients, at: parameters, seed: 5, loss: twin) {
      // A bias of keys moves all scores of a query alike, and has no gradient but rounding.
      #expect(comparison.error <= 1e-3, "\(comparison)")
    }
  }

  // The start and the end begin opposite, the projection before zeros, and the dense layer as unit rows at right angles.
  @Test func beginsAsTheSumOfWords() throws {
    let training = try training(recipe)
    let (parameters, tokenizer) = (training.encoder.parameters, training.encoder.tokenizer)
    let table = try #require(parameters["text.embeddings"])
    #expect(table.row(tokenizer.start) == table.row(tokenizer.end).map { -$0 })
    let dense = try #require(parameters["text.dense.weight"])
    for (i, j) in [(0, 0), (0, 1), (3, 3), (4, 11)] {
      let product = zip(dense.row(i), dense.row(j)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(product - (i == j ? 1 : 0)) < 1e-6)
    }
  }

  @Test func resumedIsAsUninterrupted() async throws {
    var whole = try training(recipe)
    while whole.step < whole.steps { _ = whole.advance() }
    let expected = whole.encoder.parameters
    try await withTemporaryFolder { folder in
      var options = RunOptions(folder: folder.appendingPathComponent("run"), threads: 2)
      options.checkpointInterval = 3
      let interrupted = Task { [options, recipe] in
        var first = try training(recipe)
        #expect(throws: CancellationError.self) {
          try first.run(options) { if $0.step == 4 { cancelTask() } }
        }
      }
      try await interrupted.value
      options.resumes = true
      var second = try training(recipe, threads: 1)
      try second.run(options) { _ in }
      #expect(second.encoder.parameters.bits == expected.bits)
      var other = try training(recipe, seed: 2)
      #expect(throws: RunError.self) { try other.run(options) { _ in } }
    }
  }

  @Test func threadsChangeNothing() throws {
    let trained = try [1, 2, 3].map { threads in
      var training = try training(recipe, threads: threads)
      while training.step < training.steps { _ = training.advance() }
      return training.encoder.parameters.bits
    }
    #expect(trained[0] == trained[1] && trained[0] == trained[2])
  }

  @Test func noTextsAreRefused() throws {
    #expect(throws: TrainingError.noTexts) {
      try SentenceEncoderTraining(recipe, teacher: teacher(), texts: [], threads: 1)
    }
  }
}

/// The encoder in double precision, by the network's own paths.
private struct Twin {
  private let model = TinyBERT(
    width: 12, heads: 3, depth: 2, expandedWidth: 24, positions: 10, epsilon: 1e-12)
  private var theirs: ReferenceParameters = [:]
  private let dense: [Double]

  init(_ values: ReferenceParameters) {
    let (width, tableWidth) = (12, 8)
    func ours(_ path: String) -> [Double] { values["text." + path] ?? [] }
    dense = ours("dense.weight")
    let (table, projection) = (ours("embeddings"), ours("projection.weight"))
    theirs["embeddings.word_embeddings.weight"] = (0..<table.count / tableWidth * width).map { place in
      (0..<tableWidth).reduce(0) {
        $0 + table[place / width * tableWidth + $1] * projection[$1 * width + place % width]
      }
    }
    theirs["embeddings.position_embeddings.weight"] = ours("positions")
    theirs["embeddings.token_type_embeddings.weight"] = ours("types")
    /// Columns of a weight here as rows there.
    func turn(_ name: String, _ path: String, _ outputs: Range<Int>) {
      let (weight, bias) = (ours(path + ".weight"), ours(path + ".bias"))
      let columns = bias.count
      theirs[name + ".weight"] = outputs.flatMap { output in
        (0..<weight.count / columns).map { weight[$0 * columns + output] }
      }
      theirs[name + ".bias"] = Array(bias[outputs])
    }
    func norm(_ name: String, _ path: String) {
      (theirs[name + ".weight"], theirs[name + ".bias"]) = (ours(path + ".scale"), ours(path + ".offset"))
    }
    norm("embeddings.LayerNorm", "norm")
    for layer in 0..<2 {
      let (name, path) = ("encoder.layer.\(layer).", "block\(layer).")
      for (index, part) in ["query", "key", "value"].enumerated() {
        turn(name + "attention.self." + part, path + "attention.inputs", index * width..<(index + 1) * width)
      }
      turn(name + "attention.output.dense", path + "attention.output", 0..<width)
      turn(name + "intermediate.dense", path + "expansion", 0..<2 * width)
      turn(name + "output.dense", path + "contraction", 0..<width)
      norm(name + "attention.output.LayerNorm", path + "norm1")
      norm(name + "output.LayerNorm", path + "norm2")
    }
  }

  func feature(of tokens: [Int]) -> [Double] {
    let mean = model.mean(of: tokens, theirs)
    let outputs = dense.count / mean.count
    return (0..<outputs).map { output in
      mean.indices.reduce(0) { $0 + mean[$1] * dense[$1 * outputs + output] }
    }
  }
}
