import Foundation
import LatentText
import TestSupport
import Testing

struct WordPieceTests {
  /// A text, and its tokens by `BertWordPieceTokenizer` of huggingface/tokenizers 0.23, with letters lowered and without.
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let lowered: [String]
    let cased: [String]

    init(_ text: String, _ lowered: String, cased: String? = nil) {
      func tokens(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
      (self.text, self.lowered, self.cased) = (text, tokens(lowered), tokens(cased ?? lowered))
    }

    var testDescription: String { "“\(text.prefix(40).debugDescription)”" }
  }

  static let vocabulary = """
    [PAD] [UNK] [CLS] [SEP] [MASK] a man with the hat ##s un ##aff ##able cafe Cafe café i ##ʃ istanbul ' s ! $ ^ , . 漢 \
    字 か ##な は 한 \u{1112} ##\u{1161} ##\u{11AB} σ ς ος ##σ o ##ς x ##x # ## ##d no beard straße strasse ß ss — ， ﬁ fi
    """.unicodeScalars.split(separator: " ").map { String($0) }

  static let cases = [
    Case("", ""), Case("   ", ""),
    Case("The HAT", "the hat", cased: "[UNK] [UNK]"),
    Case("unaffable hats", "un ##aff ##able hat ##s"),
    Case("hatd hatz", "hat ##d [UNK]"),
    Case("Caf\u{E9} CAF\u{C9} cafe\u{301}", "cafe cafe cafe", cased: "[UNK] [UNK] [UNK]"),
    Case("\u{130}STANBUL", "istanbul", cased: "[UNK]"),
    Case("it's a hat!", "[UNK] ' s a hat !"),
    Case("a$a^a.", "a $ a ^ a ."),
    Case("a漢字かなは", "a 漢 字 [UNK]"),
    Case("\u{D55C}", "\u{1112} ##\u{1161} ##\u{11AB}", cased: "\u{D55C}"),
    Case("ΟΣ ος σ", "[UNK] ος σ"),
    Case("[CLS] a [MASK]hat[SEP]no [sep] [PAD]", "[CLS] a [MASK] hat [SEP] no [UNK] [UNK] [UNK] [PAD]"),
    Case("[MASK", "[UNK] [UNK]"),
    Case("a\0b\0", "[UNK]"),
    Case("a\u{A0}man\u{2003}with\u{200B}the\u{AD}hat", "a man [UNK]"),
    Case("a\r\nman\tthe\u{85}hat", "a man [UNK]"),
    Case("a\u{FFFD}man", "[UNK]"),
    Case("##d #", "# # [UNK] #"),
    Case("STRASSE Straße ß", "strasse straße ß", cased: "[UNK] [UNK] ß"),
    Case("no—beard，hat", "no — beard ， hat"),
    Case("ﬁ", "ﬁ"),
    Case("man\u{301}\u{301}s", "man ##s", cased: "[UNK]"),
    Case("e\u{20DD}", "[UNK]"),
    Case("x xx xx x", "x x ##x x ##x x"),
    Case(String(repeating: "x", count: 100), "x" + String(repeating: " ##x", count: 99)),
    Case(String(repeating: "x", count: 101), "[UNK]"),
  ]

  private func encoder(_ files: [String: Any]) throws -> SentenceEncoder {
    let model = TinyBERT(positions: 200, vocabulary: Self.vocabulary)
    return try withTemporaryFolder { folder in
      try model.write(to: folder)
      for (name, contents) in files { try model.write(contents, to: folder.appendingPathComponent(name)) }
      return try SentenceEncoder(contentsOf: folder, threads: 1)
    }
  }

  private static let lowering = Result { try WordPieceTests().encoder([:]) }
  private static let keeping = Result {
    try WordPieceTests().encoder(["tokenizer_config.json": ["do_lower_case": false]])
  }

  private func expect(_ encoder: SentenceEncoder, _ text: String, _ tokens: [String]) {
    let names = encoder.tokens(of: text).map { Array(Self.vocabulary[$0].unicodeScalars) }
    #expect(names == (["[CLS]"] + tokens + ["[SEP]"]).map { Array($0.unicodeScalars) })
  }

  @Test(arguments: cases) func tokensAreIdentical(_ item: Case) throws {
    expect(try Self.lowering.get(), item.text, item.lowered)
    expect(try Self.keeping.get(), item.text, item.cased)
  }

  // Each rule can be set by itself. “café” is in the vocabulary, “Café” is not.
  @Test func settingsAreObeyed() throws {
    let accents = try encoder(["tokenizer_config.json": ["strip_accents": false]])
    expect(accents, "CAFÉ", ["café"])
    let letters = try encoder(["tokenizer_config.json": ["do_lower_case": false, "strip_accents": true]])
    expect(letters, "Café café", ["Cafe", "cafe"])
    let ideographs = try encoder(["tokenizer_config.json": ["tokenize_chinese_chars": false]])
    expect(ideographs, "a漢 漢", ["[UNK]", "漢"])
    let sentences = try encoder([
      "tokenizer_config.json": ["do_lower_case": false], "sentence_bert_config.json": ["do_lower_case": true],
    ])
    expect(sentences, "CAFÉ The", ["café", "the"])
  }

  // The same vocabulary and rules in the form of huggingface/tokenizers, without the list.
  @Test(arguments: [true, false]) func theOtherFileServesAsWell(_ lowers: Bool) throws {
    let model = TinyBERT(positions: 200, vocabulary: Self.vocabulary)
    let encoder = try withTemporaryFolder { folder in
      try model.write(to: folder)
      try FileManager.default.removeItem(at: folder.appendingPathComponent("vocab.txt"))
      try model.write(
        tokenizerFile(Self.vocabulary, lowers: lowers), to: folder.appendingPathComponent("tokenizer.json"))
      return try SentenceEncoder(contentsOf: folder, threads: 1)
    }
    for item in Self.cases { expect(encoder, item.text, lowers ? item.lowered : item.cased) }
  }

  // Line ends of Windows, and a last line without one.
  @Test func lineEndsAreNoPartOfTokens() throws {
    let model = TinyBERT(vocabulary: Self.vocabulary)
    for text in [Self.vocabulary.joined(separator: "\r\n") + "\r\n", Self.vocabulary.joined(separator: "\n")]
    {
      let encoder = try withTemporaryFolder { folder in
        try model.write(to: folder)
        try Data(text.utf8).write(to: folder.appendingPathComponent("vocab.txt"))
        return try SentenceEncoder(contentsOf: folder, threads: 1)
      }
      expect(encoder, "the unaffable hat — ﬁ", ["the", "un", "##aff", "##able", "hat", "—", "ﬁ"])
    }
  }

  // A long word, many words, many special tokens, and many that begin like one.
  @Test func longTextsTakeNoLongTime() throws {
    let encoder = try Self.lowering.get()
    #expect(encoder.tokens(of: String(repeating: "é", count: 1 << 18)) == [2, 1, 3])
    #expect(encoder.tokens(of: String(repeating: "hat ", count: 1 << 18)).count == 200)
    #expect(encoder.tokens(of: String(repeating: "[MASK]", count: 1 << 18)).count == 200)
    #expect(
      encoder.tokens(of: String(repeating: "[", count: 1 << 18)).dropFirst()
        == ([Int](repeating: 1, count: 198) + [3])[...])
  }
}

/// `tokenizer.json` of a vocabulary.
func tokenizerFile(_ vocabulary: [String], lowers: Bool) -> [String: Any] {
  [
    "model": [
      "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
      "max_input_chars_per_word": 100,
      "vocab": Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) }),
    ],
    "normalizer": [
      "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
      "strip_accents": NSNull(), "lowercase": lowers,
    ],
    "pre_tokenizer": ["type": "BertPreTokenizer"],
  ]
}
