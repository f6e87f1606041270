import LatentCore

/// What the files beside a vocabulary say of how texts become tokens.
struct TokenizerSettings {
  /// The most tokens of a text, nil where nothing is said.
  var tokenLimit: Int?
  private let options: Options?
  private let sentences: Sentences?

  private struct Options: Decodable {
    var do_lower_case: Bool?
    var strip_accents: Bool?
    var tokenize_chinese_chars: Bool?
    var tokenizer_class: String?
    var model_max_length: Double?
  }

  private struct Sentences: Decodable {
    var max_seq_length: Double?
    var do_lower_case: Bool?
  }

  init(_ reader: inout SentenceFolderReader) throws(FileError) {
    let (optionsFile, sentencesFile) = ("tokenizer_config.json", "sentence_bert_config.json")
    options = try reader.optional(optionsFile, as: Options.self)
    sentences = try reader.optional(sentencesFile, as: Sentences.self)
    reader.check(
      optionsFile, "tokenizer_class", options?.tokenizer_class, isOneOf: "BertTokenizer", "BertTokenizerFast")
    let limits = [
      (sentencesFile, "max_seq_length", sentences?.max_seq_length),
      (optionsFile, "model_max_length", options?.model_max_length),
    ]
    for (file, key, limit) in limits {
      guard let limit else { continue }
      guard limit >= 2 else {
        // A text has at least its start and its end.
        reader.faults.append(
          .unsupported(file: file, key: key, expected: "a number from 2 on", got: "\(limit)"))
        continue
      }
      // Some files say 10³⁰ for no limit.
      tokenLimit = tokenLimit ?? Int(min(limit, 0x1p40))
    }
  }

  /// How texts are cut into words: what is said, and what the vocabulary's own file says of the rest.
  func words(_ own: BERTWords) -> BERTWords {
    var words = own
    if let lowers = options?.do_lower_case { words.lowersLetters = lowers }
    if let drops = options?.strip_accents { words.dropsAccents = drops }
    if let separates = options?.tokenize_chinese_chars { words.separatesIdeographs = separates }
    if sentences?.do_lower_case == true {
      // Letters are lowered before the tokenizer sees them, which changes nothing about accents.
      words.dropsAccents = words.dropsAccents ?? words.lowersLetters
      words.lowersLetters = true
    }
    return words
  }
}

extension SentenceFolderReader {
  /// The tokenizer by `vocab.txt`, or else by `tokenizer.json`; nil where something does not fit.
  ///
  /// The list comes first, since its bytes are the tokens; names of JSON that are equal for Swift would be one.
  mutating func tokenizer(
    _ settings: TokenizerSettings, vocabularySize: Int?
  ) throws(FileError) -> WordPiece? {
    let (list, json) = ("vocab.txt", "tokenizer.json")
    let (file, vocabulary, words): (String, WordPiece.Vocabulary, BERTWords)
    if let bytes = try bytes(of: list) {
      (file, vocabulary, words) = (list, WordPiece.vocabulary(ofLines: bytes), BERTWords())
    } else {
      guard let whole = try required(json, insteadOf: [list], as: TokenizerFile.self) else { return nil }
      let before = faults.count
      whole.check(json, &self)
      guard faults.count == before else { return nil }
      (file, vocabulary, words) = (json, whole.vocabulary, whole.words)
    }
    let before = faults.count
    faults += WordPiece.faults(of: vocabulary, in: file, size: vocabularySize, saidBy: BERTConfiguration.file)
    return faults.count == before ? WordPiece(vocabulary, settings.words(words)) : nil
  }
}

/// `tokenizer.json` of huggingface/tokenizers, as far as a BERT has it.
private struct TokenizerFile: Decodable {
  private struct Model: Decodable {
    var type: String?
    var unk_token: String?
    var continuing_subword_prefix: String?
    var max_input_chars_per_word: Int?
    var vocab: [String: Int]?

    private enum CodingKeys: CodingKey {
      case type, unk_token, continuing_subword_prefix, max_input_chars_per_word, vocab
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decodeIfPresent(String.self, forKey: .type)
      // Other models have vocabularies of other forms.
      guard type == "WordPiece" else { return }
      unk_token = try container.decodeIfPresent(String.self, forKey: .unk_token)
      continuing_subword_prefix = try container.decodeIfPresent(
        String.self, forKey: .continuing_subword_prefix)
      max_input_chars_per_word = try container.decodeIfPresent(Int.self, forKey: .max_input_chars_per_word)
      vocab = try container.decode([String: Int].self, forKey: .vocab)
    }
  }

  private struct Step: Decodable {
    var type: String?
    var clean_text: Bool?
    var handle_chinese_chars: Bool?
    var strip_accents: Bool?
    var lowercase: Bool?
  }

  private var model: Model
  private var normalizer: Step?
  private var pre_tokenizer: Step?

  var vocabulary: WordPiece.Vocabulary {
    (model.vocab ?? [:]).reduce(into: [:]) { $0[ArraySlice($1.key.utf8)] = $1.value }
  }

  var words: BERTWords {
    BERTWords(
      lowersLetters: normalizer?.lowercase ?? true, dropsAccents: normalizer?.strip_accents,
      separatesIdeographs: normalizer?.handle_chinese_chars ?? true,
      dropsControls: normalizer?.clean_text ?? true)
  }

  func check(_ file: String, _ reader: inout SentenceFolderReader) {
    reader.check(file, "model.type", model.type ?? "", isOneOf: "WordPiece")
    reader.check(file, "model.unk_token", model.unk_token, isOneOf: "[UNK]")
    reader.check(file, "model.continuing_subword_prefix", model.continuing_subword_prefix, isOneOf: "##")
    reader.check(
      file, "model.max_input_chars_per_word", model.max_input_chars_per_word.map { "\($0)" },
      isOneOf: "\(WordPiece.mostCharacters)")
    reader.check(file, "normalizer.type", normalizer?.type ?? "", isOneOf: "BertNormalizer")
    reader.check(file, "pre_tokenizer.type", pre_tokenizer?.type ?? "", isOneOf: "BertPreTokenizer")
  }
}
