import Foundation
import LatentArithmetic
import LatentCore

/// Tells how well an image fits a text: CLIP with a vision transformer, as OpenAI and Hugging Face publish it.
///
///     let clip = try CLIP(contentsOf: url)
///     let feature = try clip.features(ofTexts: ["a face with blonde hair"])
///
/// Any sizes are read, such as ViT-B/32 and ViT-B/16. Images are seen at the model's size, of 224 pixels mostly.
///
/// Source: Radford and others, "Learning Transferable Visual Models From Natural Language Supervision", 2021.
public struct CLIP: ImageTextModel {
  /// How many numbers a feature has.
  public var featureSize: Int { architecture.featureSize }
  /// The height and width of the images that the model sees.
  public var imageSize: Int { architecture.imageSize }
  /// The factor of the cosine in the model's own measure of fit, e to the power of what was trained; 100 at most.
  public let logitScale: Float
  /// How images with gradients become what the model reads.
  public let fidelity: Fidelity
  /// Whether texts of too many tokens are cut instead of refused.
  public var truncatesTexts = false
  /// Makes tokens of texts; nil where the model was opened without a list of merges.
  private let tokenizer: CLIPTokenizer?

  private let architecture: CLIPArchitecture
  private var parameters: Parameters
  private let vision: VisionTower
  private let text: TextTower
  private let threads: Int

  /// Opens a published model.
  ///
  /// - Parameters:
  ///   - url: OpenAI's TorchScript archive or its state dictionary; or a folder of Hugging Face, or its
  ///     `model.safetensors` (or `pytorch_model.bin`) beside `config.json`.
  ///   - merges: The list of merges, packed by gzip or plain; nil for the one beside the model, if there is any
  ///     (`bpe_simple_vocab_16e6.txt.gz`, `bpe_simple_vocab_16e6.txt` or `merges.txt`).
  ///   - fidelity: How images with gradients become what the model reads.
  ///   - threads: The most threads to use; with gradients those of the tape are used.
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError`, which names the first tensors that are not
  ///   the model's; ``CLIPError``.
  public init(
    contentsOf url: URL, merges: URL? = nil, fidelity: Fidelity = .corrected,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let checkpoint = try CLIPCheckpoint(contentsOf: url)
    (architecture, parameters) = (checkpoint.architecture, checkpoint.parameters)
    (vision, text) = (VisionTower(architecture), TextTower(architecture))
    logitScale = exp(parameters["scale.logarithm"]?.scalar ?? 0)
    self.fidelity = fidelity
    self.threads = threads
    tokenizer = try (merges ?? Self.merges(beside: url)).map { place in
      let sizes = checkpoint.architecture
      let tokenizer = try CLIPTokenizer(contentsOf: place, contextLength: sizes.contextLength)
      guard tokenizer.vocabularySize == sizes.vocabularySize else {
        throw CLIPError.vocabularyMismatch(
          file: place.path, expected: sizes.vocabularySize, got: tokenizer.vocabularySize)
      }
      return tokenizer
    }
  }

  private static func merges(beside url: URL) -> URL? {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    let folder = exists && isFolder.boolValue ? url : url.deletingLastPathComponent()
    return ["bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "merges.txt"]
      .map { folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The vision tower, which is three fifths of the model.
  public var imageModel: any ImageModel {
    var model = self
    model.parameters = parameters.filtered(byPrefix: "vision.")
    return model
  }

  // MARK: - Features of unit length

  public func features(ofImages images: Variable) -> Variable {
    rawFeatures(ofPrepared: prepared(images)).unitLength()
  }

  /// The features of texts, [count, featureSize], each of unit length.
  ///
  /// - Throws: Unless ``truncatesTexts``, ``CLIPError/textTooLong(text:expected:got:)``, ``CLIPError/mergesMissing``.
  public func features(ofTexts texts: [String]) throws -> Tensor {
    guard let tokenizer else { throw CLIPError.mergesMissing }
    return features(ofTokens: try tokenizer.tokens(of: texts, truncating: truncatesTexts))
  }

  /// The features of images, [count, featureSize], each of unit length, by CLIP's official pre-processing.
  ///
  /// The shorter side is resized to the model's size by Pillow's bicubic filter and rounded to bytes, and the middle of
  /// the longer side is taken. Transparency is laid over white.
  public func features(of images: [Image]) -> Tensor {
    guard !images.isEmpty else { return Tensor(shape: [0, featureSize], repeating: 0) }
    return Tensor.concatenated(
      stride(from: 0, to: images.count, by: Self.imagesAtOnce).map { first in
        let batch = Array(images[first..<min(first + Self.imagesAtOnce, images.count)])
        return rawFeatures(ofPrepared: Tape(threads: threads).constant(prepared(batch))).unitLength().value
      })
  }

  /// The features of texts of tokens, each of unit length.
  package func features(ofTokens texts: [[Int]]) -> Tensor {
    guard !texts.isEmpty else { return Tensor(shape: [0, featureSize], repeating: 0) }
    return Tensor.concatenated(
      stride(from: 0, to: texts.count, by: Self.textsAtOnce).map { first in
        let batch = Array(texts[first..<min(first + Self.textsAtOnce, texts.count)])
        return rawFeatures(ofTokens: batch, tape: Tape(threads: threads)).unitLength().value
      })
  }

  /// Bounds the memory of long lists.
  private static let (textsAtOnce, imagesAtOnce) = (128, 16)

  // MARK: - Features as the towers give them

  /// The features of images that are pre-processed, [batch, imageSize, imageSize, 3].
  package func rawFeatures(ofPrepared images: Variable) -> Variable {
    vision(images, Binding(parameters, on: images.tape, isTrained: false, phase: .inference))
  }

  /// The features of texts of tokens; `length` is how many tokens are run, nil for those that matter.
  package func rawFeatures(ofTokens texts: [[Int]], tape: Tape, length: Int? = nil) -> Variable {
    text(texts, Binding(parameters, on: tape, isTrained: false, phase: .inference), length: length)
  }
}
