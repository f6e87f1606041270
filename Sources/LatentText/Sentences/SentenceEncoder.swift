import Foundation
import LatentArithmetic
import LatentCore

/// Maps words, phrases and sentences to vectors, near ones to what means nearly the same: a model of the BERT family.
///
///     let encoder = try SentenceEncoder(contentsOf: URL(fileURLWithPath: "all-MiniLM-L6-v2"))
///     let features = encoder.features(ofTexts: ["wearing glasses", "a man with spectacles"])
///
/// A feature is the mean over a text's tokens, the start and the end among them, divided by its length, as
/// sentence-transformers has it: features' inner products are cosines. Folders as Hugging Face publishes them are
/// read, of any sizes, and so is the one file that ``write(to:precision:)`` makes. `make models` fetches all-MiniLM-L6-v2.
///
/// Source: Reimers and Gurevych, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", 2019.
public struct SentenceEncoder: TextModel {
  /// How many numbers a feature has.
  public var featureSize: Int { architecture.featureSize }

  package let architecture: BERTArchitecture
  /// The most tokens of a text that are read, its start and end included.
  package let tokenLimit: Int
  package let tokenizer: WordPiece
  private let network: BERTNetwork
  package let parameters: Parameters
  private let threads: Int

  /// Opens a file that ``write(to:precision:)`` wrote, or a folder with `config.json`, `vocab.txt` or `tokenizer.json`, and
  /// `model.safetensors` or `pytorch_model.bin`.
  ///
  /// In a folder, how letters are treated is read of `tokenizer_config.json`, how many tokens are read of
  /// `sentence_bert_config.json`, and what follows the network of `modules.json` and `1_Pooling/config.json`, where these
  /// are there.
  ///
  /// - Parameters:
  ///   - url: The file or the folder.
  ///   - threads: The most threads to use.
  /// - Throws: ``SentenceEncoderError``, which lists all that does not fit; `FileError` and `TensorFileError` for files
  ///   that cannot be read.
  public init(
    contentsOf url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    var isFolder: ObjCBool = true
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    let contents =
      try exists && !isFolder.boolValue
      ? SentenceEncoderContents(file: url) : SentenceEncoderContents(folder: url)
    self.init(contents, threads: threads)
  }

  /// Makes an encoder of its parts.
  package init(_ contents: SentenceEncoderContents, threads: Int) {
    (architecture, network) = (contents.architecture, BERTNetwork(contents.architecture))
    (tokenizer, tokenLimit) = (contents.tokenizer, contents.tokenLimit)
    parameters = contents.parameters
    self.threads = threads
  }

  /// The all-MiniLM-L6-v2 that `make models` has fetched, nil where it has not.
  ///
  /// It is looked for below the folder that the environment variable `LATENT_MODELS` names, or else below
  /// `latent-arithmetic` in the user's cache folder.
  ///
  /// - Throws: What ``init(contentsOf:threads:)`` throws.
  public static func installed(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> SentenceEncoder? {
    let folder = (ModelsFolder.named ?? ModelsFolder.cached).appendingPathComponent("all-MiniLM-L6-v2")
    guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
    return try SentenceEncoder(contentsOf: folder, threads: threads)
  }

  /// The features of texts, [count, ``featureSize``], each of unit length.
  ///
  /// A text of any length and script has a feature, an empty one too. One of too many tokens is cut behind the last that
  /// fits, as sentence-transformers does. The others do not change a text's feature.
  ///
  /// - Complexity: O(count); the time of a short text is that of reading the weights once, which many texts of equal
  ///   length share.
  public func features(ofTexts texts: [String]) -> Tensor {
    features(ofTokens: texts.map { tokens(of: $0) })
  }

  /// The words of three Latin letters and more that its vocabulary has whole, in its order.
  public var words: [String] { tokenizer.wholeWords }

  /// Whether its vocabulary has a word whole, which is read by its pieces otherwise.
  package func hasWord(_ word: String) -> Bool { tokenizer.tokens(of: word, atMost: 4).count == 3 }

  /// The tokens of a text from its start to its end, at most `tokenLimit`.
  package func tokens(of text: String) -> [Int] { tokenizer.tokens(of: text, atMost: tokenLimit) }

  /// The features of texts of tokens, each of unit length.
  ///
  /// - Precondition: No text is empty or has more tokens than there are positions, and tokens are of the vocabulary.
  package func features(ofTokens texts: [[Int]]) -> Tensor {
    guard !texts.isEmpty else { return Tensor(shape: [0, featureSize], repeating: 0) }
    // Texts of one length need no tokens that mean nothing, and no mask to hide these.
    let byLength = Dictionary(grouping: texts.indices) { texts[$0].count }
    var parts: [Tensor] = []
    var rows = [Int](repeating: 0, count: texts.count)
    var row = 0
    for (length, members) in byLength.sorted(by: { $0.key < $1.key }) {
      let together = max(Self.tokensAtOnce / length, 1)
      for first in stride(from: 0, to: members.count, by: together) {
        let batch = members[first..<min(first + together, members.count)]
        let binding = Binding(parameters, on: Tape(threads: threads), isTrained: false, phase: .inference)
        parts.append(network(batch.map { texts[$0] }, binding).unitLength().value)
        for text in batch {
          rows[text] = row
          row += 1
        }
      }
    }
    return Tensor.concatenated(parts).rows(rows)
  }

  /// Bounds the memory of long lists.
  private static let tokensAtOnce = 2048
}
