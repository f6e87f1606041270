import Foundation
import LatentCore
import LatentText
import TestSupport
import Testing

struct SentenceEncoderTests {
  static let texts = [
    "a man with a beard", "", "no hat", "the womans hats, a smile!", "beard", "a man with the beard",
    "unknown words", "no beard",
  ]

  private func encoder(
    _ model: TinyBERT = TinyBERT(), threads: Int = 1, changing change: (URL) throws -> Void = { _ in }
  ) throws -> SentenceEncoder {
    try withTemporaryFolder { folder in
      try model.write(to: folder)
      try change(folder)
      return try SentenceEncoder(contentsOf: folder, threads: threads)
    }
  }

  // The library's network and the twin in double, from the same tensors. Roundings of all layers add like a random walk,
  // which the factor 8 of the tolerance of one layer's longest sums covers.
  @Test(arguments: [
    TinyBERT(), TinyBERT(width: 40, heads: 5, depth: 3, expandedWidth: 24, epsilon: 0.01),
    TinyBERT(width: 64, heads: 1, depth: 1, expandedWidth: 100, epsilon: 1e-12),
  ])
  func featuresAreTheTwins(_ model: TinyBERT) throws {
    let encoder = try encoder(model)
    let features = encoder.features(ofTexts: Self.texts)
    #expect(features.shape == [Self.texts.count, model.width] && encoder.featureSize == model.width)
    for (row, text) in Self.texts.enumerated() {
      let error = relativeError(features.row(row), model.feature(of: encoder.tokens(of: text)))
      #expect(error <= roundingTolerance(terms: max(model.width, model.expandedWidth)), "“\(text)”")
    }
  }

  // A text's feature has the same bits alone, among others, twice, and for any number of threads.
  @Test func othersChangeNothing() throws {
    let encoder = try encoder()
    let together = encoder.features(ofTexts: Self.texts + Self.texts.reversed())
    for (row, text) in Self.texts.enumerated() {
      let alone = encoder.features(ofTexts: [text]).elements
      #expect(
        together.row(row) == alone && together.row(2 * Self.texts.count - 1 - row) == alone, "“\(text)”")
    }
    let threaded = try self.encoder(threads: 2).features(ofTexts: Self.texts + Self.texts.reversed())
    #expect(threaded == together)
    #expect(Set(Self.texts.map { encoder.features(ofTexts: [$0]).elements }).count == Self.texts.count)
  }

  // More tokens than are run at once, 2048, of one length.
  @Test func manyTextsAreRunInParts() throws {
    let encoder = try encoder()
    let words = ["hat", "beard", "smile", "man", "woman"]
    let texts = (0..<900).map { words[$0 % 5] + (($0 / 5).isMultiple(of: 2) ? "" : " no") }
    let features = encoder.features(ofTexts: texts)
    for row in [0, 1, 499, 681, 682, 683, 899] {
      #expect(features.row(row) == encoder.features(ofTexts: [texts[row]]).elements, "\(row)")
    }
  }

  @Test func noTextsHaveNoFeatures() throws {
    #expect(try encoder().features(ofTexts: []).shape == [0, 36])
  }

  // What fits of a long text is what the text of its first words is: 14 words between start and end at 16 positions, or
  // fewer where a file says so.
  @Test(
    arguments: [
      ([:], 14), (["sentence_bert_config.json": ["max_seq_length": 8]], 6),
      (["sentence_bert_config.json": ["max_seq_length": 512]], 14),
      (["tokenizer_config.json": ["model_max_length": 9]], 7),
      (["tokenizer_config.json": ["model_max_length": 1e30]], 14),
      (
        [
          "sentence_bert_config.json": ["max_seq_length": 8],
          "tokenizer_config.json": ["model_max_length": 5],
        ], 6
      ),
    ] as [([String: [String: Double]], Int)])
  func longTextsAreCut(_ files: [String: [String: Double]], _ words: Int) throws {
    let model = TinyBERT()
    let encoder = try encoder(model) { folder in
      for (name, contents) in files { try model.write(contents, to: folder.appendingPathComponent(name)) }
    }
    func text(_ words: Int) -> String {
      (0..<words).map { ["hat", "a", "man", "no"][$0 % 4] }.joined(separator: " ")
    }
    let whole = encoder.tokens(of: text(words))
    #expect(whole.count == words + 2 && encoder.tokens(of: text(words - 1)).count == words + 1)
    for longer in [words + 1, 1000] { #expect(encoder.tokens(of: text(longer)) == whole) }
    // A word of two pieces is cut in its middle.
    #expect(encoder.tokens(of: text(words - 1) + " hats").suffix(2) == [10, 3])
    #expect(
      relativeError(encoder.features(ofTexts: [text(1000)]).elements, model.feature(of: whole))
        <= roundingTolerance(terms: 52))
  }

  // Names behind `bert.`, and beside the tensors what other programs keep there.
  @Test(arguments: ["", "bert."]) func namesMayHaveAPrefix(_ prefix: String) throws {
    let model = TinyBERT()
    let others = [
      prefix + "pooler.dense.weight": Tensor(shape: [36, 36], repeating: 1),
      prefix + "pooler.dense.bias": Tensor(shape: [36], repeating: 1),
      prefix + "embeddings.position_ids": Tensor(shape: [1, 16], repeating: 0),
    ]
    let expected = try encoder().features(ofTexts: Self.texts)
    let got = try encoder(model) { try model.write(to: $0, prefix: prefix, adding: others) }
    #expect(got.features(ofTexts: Self.texts) == expected)
  }

  @Test func installedIsNilOrOpens() throws {
    let encoder = try SentenceEncoder.installed(threads: 1)
    if let encoder { #expect(encoder.featureSize == 384 && encoder.tokenLimit == 256) }
  }
}
