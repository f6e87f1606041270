import Foundation
import LatentArithmetic
import LatentCore

/// The parts of a sentence encoder.
package struct SentenceEncoderContents {
  let architecture: BERTArchitecture
  let parameters: Parameters
  let tokenizer: WordPiece
  /// The most tokens of a text.
  let tokenLimit: Int

  /// Puts parts together that fit each other.
  package init(
    architecture: BERTArchitecture, parameters: Parameters, tokenizer: WordPiece, tokenLimit: Int
  ) {
    (self.architecture, self.parameters) = (architecture, parameters)
    (self.tokenizer, self.tokenLimit) = (tokenizer, tokenLimit)
  }
}

extension SentenceEncoder {
  /// Writes the encoder as one safetensors file: the network's tensors, and as metadata its sizes, how texts are cut into
  /// words, and the vocabulary, a token a line.
  ///
  /// In single precision the file's features are this encoder's bit for bit.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL, precision: StoragePrecision = .single) throws {
    try parameters.write(
      to: url,
      metadata: [
        Key.format: Key.currentFormat, Key.network: BERTConfiguration(architecture).json,
        Key.tokenizer: Tokenization(tokenLimit: tokenLimit, words: tokenizer.splitting).json,
        Key.vocabulary: tokenizer.vocabulary.map { $0 + "\n" }.joined(),
      ],
      precision: precision)
  }
}

extension SentenceEncoderContents {
  /// Reads an encoder's own file.
  init(file url: URL) throws {
    let file = try TensorFile(contentsOf: url)
    let name = url.lastPathComponent
    guard file.metadata[Key.format] == Key.currentFormat else {
      throw SentenceEncoderError(
        folder: url.path,
        faults: [
          .unsupported(
            file: name, key: Key.format, expected: "“\(Key.currentFormat)”", got: file.metadata[Key.format])
        ])
    }
    var faults: [SentenceEncoderError.Fault] = []
    func decoded<Contents: Decodable>(_ key: String, as: Contents.Type) -> Contents? {
      do {
        return try JSONDecoder().decode(Contents.self, from: Data((file.metadata[key] ?? "").utf8))
      } catch {
        faults.append(
          .malformed(file: name, reason: "has no \(key) of its form, \(DecodingError.clause(error))"))
        return nil
      }
    }
    let configuration = decoded(Key.network, as: BERTConfiguration.self)
    let tokenization = decoded(Key.tokenizer, as: Tokenization.self)
    let architecture = configuration?.architecture(in: name, &faults)
    let vocabulary = WordPiece.vocabulary(ofLines: Array((file.metadata[Key.vocabulary] ?? "").utf8))
    faults += WordPiece.faults(of: vocabulary, in: name, size: architecture?.vocabularySize, saidBy: name)
    if let architecture, let limit = tokenization?.tokenLimit, !(2...architecture.positions).contains(limit) {
      faults.append(
        .unsupported(
          file: name, key: "tokenLimit", expected: "a number from 2 to \(architecture.positions)",
          got: "\(limit)"))
    }
    guard let architecture, let tokenization, faults.isEmpty else {
      throw SentenceEncoderError(folder: url.path, faults: faults)
    }
    let parameters = try Parameters(file)
    do {
      try parameters.check(against: BERTNetwork(architecture).parameters, name: name)
    } catch {
      throw SentenceEncoderError(folder: url.path, faults: error.faults.map { .weight($0) })
    }
    self.init(
      architecture: architecture, parameters: parameters,
      tokenizer: WordPiece(vocabulary, tokenization.words), tokenLimit: tokenization.tokenLimit)
  }
}

/// What an encoder's own file says beside the network and the vocabulary.
private struct Tokenization: Codable {
  var tokenLimit: Int
  var words: BERTWords
}

private enum Key {
  static let format = "format"
  static let currentFormat = "LatentArithmetic sentence encoder 1"
  static let network = "network"
  static let tokenizer = "tokenizer"
  static let vocabulary = "vocabulary"
}
