import Foundation
import LatentArithmetic
import LatentCore

/// A small joint model of images and texts, trained on pictures with attributes: StyleCLIP's methods without CLIP.
///
///     let model = try JointModel(contentsOf: url, texts: SentenceEncoder(contentsOf: encoder))
///     let fits = try model.probabilities(of: [crop], ["a smiling man with glasses", "a man without glasses"])
///
/// It knows what its data set's attributes are called and how people speak of them, and nothing else: texts about anything
/// else have the feature of a text that says nothing. A text is read clause by clause, with the help of a sentence encoder.
/// The image network sees 80×80 pixels; images of other sizes are resized.
///
/// Source: the loss it is trained with is that of Zhai and others, "Sigmoid Loss for Language Image Pre-Training", 2023.
public struct JointModel: ImageTextModel {
  /// How many numbers a feature has.
  public var featureSize: Int { configuration.featureSize }

  /// How the faces that it was trained on were cut out, and are to be cut out for it.
  public let framing: Framing

  private let configuration: JointConfiguration
  private let network: JointNetwork
  private let parameters: Parameters
  private let image: InferenceNetwork
  private let reader: ProjectorNetwork
  private let encoder: any TextModel
  private let threads: Int

  /// Opens the file that `latent train joint` wrote.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - encoder: The sentence encoder that it was trained with, or another of the same space.
  ///   - threads: The most threads to use.
  /// - Throws: ``JointModelError``; `FileError`, `TensorFileError`, `WeightSourceError`.
  public init(
    contentsOf url: URL, texts encoder: any TextModel,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let file = try TensorFile(contentsOf: url)
    let name = url.lastPathComponent
    guard file.metadata[Key.format] == Key.currentFormat, let text = file.metadata[Key.network],
      let configuration = try? JSONDecoder().decode(JointConfiguration.self, from: Data(text.utf8)),
      configuration.isSensible, let framing = file.metadata[Key.framing].flatMap(Framing.init(recorded:))
    else { throw JointModelError.notAJointModel(name: name) }
    let parameters = try Parameters(file)
    let reader = TextProjector.network(parameters, attributes: configuration.attributes.count)
    try parameters.check(
      against: JointNetwork(configuration).parameters + reader.layers.parameters, name: name)
    try self.init(configuration, parameters, framing: framing, texts: encoder, threads: threads)
  }

  package init(
    _ configuration: JointConfiguration, _ parameters: Parameters, framing: Framing,
    texts encoder: any TextModel, threads: Int
  ) throws(JointModelError) {
    reader = TextProjector.network(parameters, attributes: configuration.attributes.count)
    guard encoder.featureSize == reader.dimension else {
      throw .otherEncoder(expected: reader.dimension, got: encoder.featureSize)
    }
    (self.configuration, self.parameters, self.framing) = (configuration, parameters, framing)
    (self.encoder, self.threads) = (encoder, threads)
    network = JointNetwork(configuration)
    image = InferenceNetwork(network.image, parameters)
  }

  public func features(ofImages images: Variable) -> Variable {
    let size = ScorerConfiguration.imageSize
    let isResized = images.shape[1] != size || images.shape[2] != size
    let seen =
      isResized
      ? images.resampled(
        rows: .bicubic(from: images.shape[1], to: size), columns: .bicubic(from: images.shape[2], to: size))
      : images
    return image(seen).unitLength()
  }

  /// The features of texts, [count, ``featureSize``], each of unit length.
  ///
  /// - Throws: ``JointModelError/emptyText``; what the sentence encoder throws.
  public func features(ofTexts texts: [String]) throws -> Tensor {
    let nothing = [Float](repeating: 0, count: configuration.attributes.count)
    let coordinates = try texts.flatMap { text in
      let meaning = try meaning(of: text)
      return meaning.certainty < Self.leastSure ? nothing : meaning.coordinates
    }
    if texts.isEmpty { return Tensor(shape: [0, featureSize], repeating: 0) }
    return network.features(
      ofCoordinates: Tensor(
        shape: [texts.count, configuration.attributes.count], elements: coordinates),
      Binding(parameters, on: Tape(threads: threads), isTrained: false, phase: .inference)
    ).value
  }

  /// What a text means over the data set's attributes.
  ///
  /// - Throws: ``JointModelError/emptyText``; what the sentence encoder throws.
  package func meaning(of text: String) throws -> TextMeaning {
    let clauses = TextReader.clauses(of: TextReader.normalized(text))
    let meanings =
      clauses.isEmpty
      ? []
      : TextProjector.meanings(
        of: reader.layers.inferred(try encoder.features(ofTexts: clauses), parameters, threads: threads))
    guard let meaning = TextMeaning.sum(of: meanings) else { throw JointModelError.emptyText }
    return meaning
  }

  /// A text that is less probably about anything says nothing: a direction to it would be as long as that to any other.
  private static let leastSure: Float = 0.2

  /// How probable it is that each image fits each text, a row for each image.
  ///
  /// - Precondition: The images are of one size.
  /// - Throws: What ``features(ofTexts:)`` throws.
  public func probabilities(of images: [Image], _ texts: [String]) throws -> [[Float]] {
    guard !images.isEmpty, !texts.isEmpty else { return images.map { _ in [] } }
    let tape = Tape(threads: threads)
    let logits = network.logits(
      tape.constant(features(of: images)), tape.constant(try features(ofTexts: texts)),
      Binding(parameters, on: tape, isTrained: false, phase: .inference)
    ).value
    return images.indices.map { logits.row($0).map { 1 / (1 + exp(-$0)) } }
  }

  /// Writes a joint model's parameters, and how it was trained.
  package static func write(
    _ parameters: Parameters, _ configuration: JointConfiguration, framing: Framing, record: String,
    to url: URL
  ) throws {
    var metadata = [
      Key.format: Key.currentFormat, Key.network: configuration.json, Key.record: record,
    ]
    metadata[Key.framing] = framing.recorded
    try parameters.write(to: url, metadata: metadata, precision: .half)
  }

  private enum Key {
    static let format = "format"
    static let currentFormat = "LatentArithmetic joint model 1"
    static let network = "network"
    static let framing = "alignment"
    static let record = "training"
  }
}

/// What can be wrong with a small joint model.
public enum JointModelError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The file is another's.
  case notAJointModel(name: String)
  /// The sentence encoder's features have another length than those that the model was trained with.
  case otherEncoder(expected: Int, got: Int)
  /// A text has no words.
  case emptyText

  public var description: String {
    switch self {
    case .notAJointModel(let name): "“\(name)” is no joint model of `latent train joint`."
    case .otherEncoder(let expected, let got):
      "The joint model takes a sentence encoder with features of \(expected) numbers, not \(got)."
    case .emptyText: "A text without words says nothing of an image."
    }
  }

  public var errorDescription: String? { description }
}
