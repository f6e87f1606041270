import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// What is refused, and with which words.
struct SentenceFolderTests {
  private let model = TinyBERT()

  /// The clauses of the error with which a changed folder is refused.
  private func clauses(_ change: (URL) throws -> Void) throws -> [String] {
    try withTemporaryFolder { folder in
      try model.write(to: folder)
      _ = try SentenceEncoder(contentsOf: folder, threads: 1)
      try change(folder)
      let error = try #require(throws: SentenceEncoderError.self) { try SentenceEncoder(contentsOf: folder) }
      #expect(error.folder == folder.path)
      #expect(
        error.description.hasPrefix("“\(folder.path)” is no sentence encoder of the BERT family: ")
          && error.description.hasSuffix("."))
      return error.faults.map(\.description)
    }
  }

  private func remove(_ names: String..., in folder: URL) throws {
    for name in names { try FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
  }

  @Test func anEmptyFolderLacksThreeFiles() throws {
    let missing = try clauses { try remove("config.json", "vocab.txt", "model.safetensors", in: $0) }
    #expect(
      missing == [
        "config.json is missing", "vocab.txt or tokenizer.json is missing", "model.safetensors is missing",
      ])
    try withTemporaryFolder { folder in
      let nowhere = folder.appendingPathComponent("none")
      #expect(throws: FileError.folderMissing(path: nowhere.path)) {
        try SentenceEncoder(contentsOf: nowhere)
      }
    }
  }

  // Each key alone, with what is said of it.
  @Test(
    arguments: [
      ("model_type", "roberta", "config.json says model_type “roberta”, not “bert”"),
      ("hidden_act", "gelu_new", "config.json says hidden_act “gelu_new”, not “gelu”"),
      (
        "position_embedding_type", "relative_key",
        "config.json says position_embedding_type “relative_key”, not “absolute”"
      ),
      ("is_decoder", true, "config.json says is_decoder “true”, not “false”"),
      ("hidden_size", 0, "config.json says hidden_size “0”, not a number from 1 to 16777216"),
      ("num_hidden_layers", 1001, "config.json says num_hidden_layers “1001”, not a number from 1 to 1000"),
      (
        "num_attention_heads", 5, "config.json says num_attention_heads “5”, not a divisor of hidden_size, 36"
      ),
      (
        "intermediate_size", NSNull(),
        "config.json says nothing of intermediate_size, which has to be a number from 1 to 16777216"
      ),
      (
        "max_position_embeddings", 1,
        "config.json says max_position_embeddings “1”, not a number from 2 to 16777216"
      ),
      ("layer_norm_eps", -1, "config.json says layer_norm_eps “-1.0”, not a number from 0 to 1"),
    ] as [(String, any Sendable, String)])
  func configurationsAreChecked(_ key: String, _ value: any Sendable, _ clause: String) throws {
    var configuration = model.configuration
    configuration[key] = value
    let found = try clauses { try model.write(configuration, to: $0.appendingPathComponent("config.json")) }
    #expect(found == [clause])
  }

  @Test func everythingIsListedInOneError() throws {
    var configuration = model.configuration
    configuration["model_type"] = "mpnet"
    configuration["hidden_act"] = "relu"
    let found = try clauses { folder in
      try model.write(configuration, to: folder.appendingPathComponent("config.json"))
      try Data("[UNK]\n[CLS]\n".utf8).write(to: folder.appendingPathComponent("vocab.txt"))
      try model.write(["max_seq_length": 1], to: folder.appendingPathComponent("sentence_bert_config.json"))
      try Data("{".utf8).write(to: folder.appendingPathComponent("modules.json"))
      try remove("model.safetensors", in: folder)
    }
    #expect(found.count == 6)
    #expect(
      found.prefix(4) == [
        "config.json says model_type “mpnet”, not “bert”", "config.json says hidden_act “relu”, not “gelu”",
        "sentence_bert_config.json says max_seq_length “1.0”, not a number from 2 on",
        "vocab.txt lacks the token “[SEP]”",
      ])
    #expect(found[4].hasPrefix("modules.json is not of its form, "))
    #expect(found[5] == "model.safetensors is missing")
  }

  // Tensors that are missing, misshapen or spare are listed beside what the other files say.
  @Test func tensorsAreChecked() throws {
    let found = try clauses { folder in
      var tensors = model.tensors
      tensors["encoder.layer.1.output.LayerNorm.bias"] = nil
      tensors["encoder.layer.0.attention.self.key.weight"] = Tensor(shape: [36, 35], repeating: 1)
      tensors["encoder.layer.2.output.dense.bias"] = Tensor(shape: [36], repeating: 1)
      try TensorFile.writeSafeTensors(
        tensors.map { StoredTensor($0.key, $0.value) },
        to: folder.appendingPathComponent("model.safetensors"))
      try model.write(
        ["tokenizer_class": "BertJapaneseTokenizer"],
        to: folder.appendingPathComponent("tokenizer_config.json"))
    }
    #expect(
      Set(found) == [
        "tokenizer_config.json says tokenizer_class “BertJapaneseTokenizer”, not “BertTokenizer” or “BertTokenizerFast”",
        "encoder.layer.1.output.LayerNorm.bias is missing (the nearest spare are encoder.layer.2.output.dense.bias)",
        "encoder.layer.0.attention.self.key.weight has shape [36, 35], expected [36, 36]",
        "encoder.layer.2.output.dense.bias is not expected",
      ])
    let infinite = try clauses { folder in
      var tensors = model.tensors
      tensors["encoder.layer.1.intermediate.dense.bias"]?.withMutableElements { $0[3] = .infinity }
      try TensorFile.writeSafeTensors(
        tensors.map { StoredTensor($0.key, $0.value) },
        to: folder.appendingPathComponent("model.safetensors"))
    }
    #expect(infinite == ["encoder.layer.1.intermediate.dense.bias[3] is inf"])
  }

  @Test func vocabulariesAreChecked() throws {
    let long = try clauses { folder in
      try Data((model.vocabulary + ["one", "more"]).joined(separator: "\n").utf8)
        .write(to: folder.appendingPathComponent("vocab.txt"))
    }
    #expect(long == ["vocab.txt numbers tokens from 0 to 19, of which config.json has 18"])
    let kinds: [(String, Any, String)] = [
      ("model", ["type": "Unigram", "vocab": [["a", 1]]], "model.type “Unigram”, not “WordPiece”"),
      ("normalizer", ["type": "Sequence"], "normalizer.type “Sequence”, not “BertNormalizer”"),
      ("pre_tokenizer", NSNull(), "pre_tokenizer.type “”, not “BertPreTokenizer”"),
    ]
    for (key, value, clause) in kinds {
      let found = try clauses { folder in
        try remove("vocab.txt", in: folder)
        var file = tokenizerFile(model.vocabulary, lowers: true)
        file[key] = value
        try model.write(file, to: folder.appendingPathComponent("tokenizer.json"))
      }
      #expect(found == ["tokenizer.json says " + clause])
    }
  }

  // What sentence-transformers applies behind the network has to be what is computed here.
  @Test func otherModulesAreRefused() throws {
    func modules(_ names: String...) -> [[String: String]] {
      names.map { ["type": "sentence_transformers.models.\($0)"] }
    }
    #expect(
      try clauses {
        try model.write(
          modules("Transformer", "Pooling", "Dense", "Normalize"),
          to: $0.appendingPathComponent("modules.json"))
      } == ["modules.json says type “Dense”, not “Transformer” or “Pooling” or “Normalize”"])
    let modes: [String: Any] = [
      "word_embedding_dimension": 36, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false,
    ]
    #expect(
      try clauses { try model.write(modes, to: $0.appendingPathComponent("1_Pooling/config.json")) } == [
        "1_Pooling/config.json says pooling “pooling_mode_cls_token”, not “pooling_mode_mean_tokens”"
      ])
  }
}
