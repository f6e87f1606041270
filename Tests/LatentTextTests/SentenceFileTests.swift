import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// A sentence encoder as one file.
struct SentenceFileTests {
  private static let texts = SentenceEncoderTests.texts + ["hat [UNK] hats", "no, no"]

  /// The tiny encoder, cut at 12 tokens.
  private func plain() throws -> SentenceEncoder {
    try withTemporaryFolder { folder in
      let model = TinyBERT()
      try model.write(to: folder)
      try model.write(["max_seq_length": 12], to: folder.appendingPathComponent("sentence_bert_config.json"))
      return try SentenceEncoder(contentsOf: folder, threads: 1)
    }
  }

  /// An encoder with a table of 7 numbers a token and a dense layer to 11.
  private func narrow() throws -> SentenceEncoder {
    let plain = try plain()
    var architecture = plain.architecture
    (architecture.tableWidth, architecture.outputs) = (7, 11)
    var parameters = plain.parameters
    for (seed, specification) in BERTNetwork(architecture).parameters.enumerated()
    where parameters[specification.path]?.shape != specification.shape {
      let count = specification.shape.reduce(1, *)
      parameters[specification.path] = Tensor(
        shape: specification.shape, elements: randomFloats(count: count, seed: UInt64(seed) + 1))
    }
    return SentenceEncoder(
      SentenceEncoderContents(
        architecture: architecture, parameters: parameters, tokenizer: plain.tokenizer,
        tokenLimit: plain.tokenLimit),
      threads: 1)
  }

  /// The clauses of the error with which a file is refused.
  private func clauses(
    _ metadata: [String: String], _ parameters: Parameters, replacing name: String = "tiny.safetensors"
  ) throws -> [String] {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(name)
      try parameters.write(to: url, metadata: metadata, precision: .single)
      let error = try #require(throws: SentenceEncoderError.self) { try SentenceEncoder(contentsOf: url) }
      #expect(error.folder == url.path)
      return error.faults.map(\.description)
    }
  }

  /// What the file of an encoder says.
  private func metadata(_ encoder: SentenceEncoder) throws -> [String: String] {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.safetensors")
      try encoder.write(to: url)
      return try TensorFile(contentsOf: url).metadata
    }
  }

  @Test(arguments: [false, true]) func featuresKeepTheirBits(_ isNarrow: Bool) throws {
    let encoder = try isNarrow ? narrow() : plain()
    let expected = encoder.features(ofTexts: Self.texts)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.safetensors")
      try encoder.write(to: url)
      let opened = try SentenceEncoder(contentsOf: url, threads: 2)
      #expect(opened.architecture == encoder.architecture && opened.tokenLimit == 12)
      #expect(
        opened.features(ofTexts: Self.texts).elements.map(\.bitPattern) == expected.elements.map(\.bitPattern)
      )
      // Eleven bits of each weight are left, and each of some ten roundings in a row adds its own.
      try encoder.write(to: url, precision: .half)
      let half = try SentenceEncoder(contentsOf: url, threads: 1).features(ofTexts: Self.texts)
      for row in Self.texts.indices {
        #expect(relativeError(half.row(row), expected.row(row).map(Double.init)) < 0.01)
      }
      #expect(half != expected)
    }
  }

  // A narrow table times the projection is a wide one, and the dense layer maps means, whose length does not matter.
  @Test func narrowTablesAndDenseLayersAreMatrices() throws {
    let narrow = try narrow()
    func product(_ a: Tensor, _ b: Tensor) -> [Double] {
      let (rows, inner, columns) = (a.shape[0], a.shape[1], b.shape[1])
      let (a, b) = (a.elements.map(Double.init), b.elements.map(Double.init))
      return (0..<rows * columns).map { place in
        (0..<inner).reduce(0) { $0 + a[place / columns * inner + $1] * b[$1 * columns + place % columns] }
      }
    }
    let table = try #require(narrow.parameters["text.embeddings"])
    let projection = try #require(narrow.parameters["text.projection.weight"])
    let dense = try #require(narrow.parameters["text.dense.weight"])
    var (architecture, parameters) = (narrow.architecture, narrow.parameters)
    (architecture.tableWidth, architecture.outputs) = (nil, nil)
    parameters["text.embeddings"] = Tensor(
      shape: [table.shape[0], architecture.width], elements: product(table, projection).map { Float($0) })
    let wide = SentenceEncoder(
      SentenceEncoderContents(
        architecture: architecture, parameters: parameters, tokenizer: narrow.tokenizer, tokenLimit: 12),
      threads: 1)
    let (features, means) = (narrow.features(ofTexts: Self.texts), wide.features(ofTexts: Self.texts))
    #expect(features.shape == [Self.texts.count, 11] && narrow.featureSize == 11)
    for row in Self.texts.indices {
      let mapped = product(Tensor(shape: [1, architecture.width], elements: means.row(row)), dense)
      let length = mapped.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(
        relativeError(features.row(row), mapped.map { $0 / length }) <= roundingTolerance(terms: 52),
        "“\(Self.texts[row])”")
    }
  }

  @Test func foreignFilesAreRefused() throws {
    let encoder = try plain()
    let (parameters, metadata) = (encoder.parameters, try metadata(encoder))
    #expect(
      try clauses([:], parameters) == [
        "tiny.safetensors says nothing of format, which has to be “LatentArithmetic sentence encoder 1”"
      ])
    var changed = metadata
    changed["format"] = "LatentArithmetic mapper 1"
    #expect(
      try clauses(changed, parameters) == [
        "tiny.safetensors says format “LatentArithmetic mapper 1”, not “LatentArithmetic sentence encoder 1”"
      ])
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("text.safetensors")
      try Data("no tensors are here".utf8).write(to: url)
      #expect(throws: TensorFileError.self) { try SentenceEncoder(contentsOf: url) }
      #expect(throws: FileError.self) {
        try SentenceEncoder(contentsOf: folder.appendingPathComponent("none"))
      }
    }
  }

  @Test func damagedFilesAreRefused() throws {
    let encoder = try plain()
    let (parameters, metadata) = (encoder.parameters, try metadata(encoder))
    func said(_ key: String, _ old: String, _ new: String) throws -> [String] {
      var changed = metadata
      let value = try #require(changed[key])
      changed[key] = value.replacingOccurrences(of: old, with: new)
      #expect(changed[key] != value)
      return try clauses(changed, parameters)
    }
    #expect(
      try said("network", "\"num_attention_heads\":3", "\"num_attention_heads\":5") == [
        "tiny.safetensors says num_attention_heads “5”, not a divisor of hidden_size, 36"
      ])
    #expect(
      try said("network", "\"hidden_size\":36", "\"hidden_size\":0") == [
        "tiny.safetensors says hidden_size “0”, not a number from 1 to 16777216"
      ])
    #expect(try said("network", "\"hidden_size\":36", "\"hidden_size\":39").count > 10)
    #expect(
      try said("network", "{", "{\"output_size\":9,") == ["text.dense.weight is missing"])
    #expect(try said("network", "{", "[")[0].hasPrefix("tiny.safetensors has no network of its form, "))
    #expect(try said("tokenizer", "{", "")[0].hasPrefix("tiny.safetensors has no tokenizer of its form, "))
    #expect(
      try said("tokenizer", "\"tokenLimit\":12", "\"tokenLimit\":17") == [
        "tiny.safetensors says tokenLimit “17”, not a number from 2 to 16"
      ])
    #expect(
      try said("vocabulary", "[CLS]", "hello") == ["tiny.safetensors lacks the token “[CLS]”"])
    #expect(
      try said("vocabulary", "hat\n", "hat\ncap\n") == [
        "tiny.safetensors numbers tokens from 0 to 18, of which tiny.safetensors has 18"
      ])
    var infinite = parameters
    infinite["text.types"] = Tensor(shape: [2, 36], repeating: .infinity)
    #expect(try clauses(metadata, infinite) == ["text.types[0, 0] is inf"])
  }

  // Of a cut or changed file the error is one of three, and what can be opened can be used.
  @Test func damageNeverTraps() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.safetensors")
      try narrow().write(to: url)
      let bytes = try Data(contentsOf: url)
      var stream = RandomStream(seed: 1, name: "damage")
      for trial in 0..<300 {
        var damaged = bytes
        if trial.isMultiple(of: 3) {
          damaged = damaged.prefix(stream.index(below: bytes.count))
        } else {
          damaged[stream.index(below: trial.isMultiple(of: 2) ? 1500 : bytes.count)] = UInt8(
            stream.index(below: 256))
        }
        try damaged.write(to: url)
        do {
          _ = try SentenceEncoder(contentsOf: url, threads: 1).features(ofTexts: Self.texts)
        } catch {
          #expect(error is SentenceEncoderError || error is TensorFileError, "\(error)")
        }
      }
    }
  }
}
