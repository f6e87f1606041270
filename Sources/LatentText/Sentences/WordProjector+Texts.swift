import Foundation
import LatentArithmetic

extension WordProjector where Space == ZSpace {
  /// Takes the projector of texts out of a model, for texts of any kind.
  ///
  /// - Parameters:
  ///   - model: A model whose projector of texts is trained.
  ///   - encoder: The encoder that it was trained with, or one that gives features of the same space.
  ///   - threads: The most threads to use.
  /// - Throws: `ModelError` when the model has no directions, or its projector of texts takes features of another
  ///   length.
  public init(
    _ model: Model, texts encoder: any TextModel,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(ModelError) {
    try self.init(model, vectors: nil, encoder: TextReader.Encoder(encoder), threads: threads)
  }

  /// What a text means to the model: θ of the words of the attributes that it is about, and how sure that is.
  ///
  /// - Returns: What it means; nil where the model has no projector of texts, or cannot read this one.
  public func reading(of text: String) -> TextReading? {
    guard let (attributes, meaning) = meaning(of: text) else { return nil }
    return TextReading(
      thetas: Dictionary(
        uniqueKeysWithValues: zip(attributes, meaning.coordinates).filter { $0.1 != 0 }),
      certainty: meaning.certainty, suggestions: suggestions(for: text))
  }
}

/// What a text means to a model.
public struct TextReading: Sendable, Equatable {
  /// θ of the word of each attribute that the text is about, −1...1.
  public let thetas: [String: Float]
  /// How probable it is that the text is about anything on a face, 0...1.
  public let certainty: Float
  /// What may have been meant: the text with known words in the place of misspelt ones where that says something else, or
  /// known words that are spelt alike where it is about nothing; empty otherwise.
  public let suggestions: [String]

  /// Whether the text is more probably about something on a face than not.
  public var namesSomething: Bool { certainty >= TextMeaning.leastSure }
}

extension TextReader.Encoder {
  init(_ model: any TextModel) {
    let sentences = model as? SentenceEncoder
    self.init(featureSize: model.featureSize, hasWord: { sentences?.hasWord($0) ?? true }) {
      try? model.features(ofTexts: [$0]).elements
    }
  }
}

extension Editor where Space == ZSpace {
  /// Opens a model for editing by texts of any kind.
  ///
  /// - Parameters:
  ///   - model: A model whose projector of texts is trained.
  ///   - encoder: The encoder that it was trained with, or one that gives features of the same space.
  ///   - detector: Finds faces in photos; if left out, the one that is installed.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Throws: What `Editor.init(_:vectors:detector:threads:)` throws; `ModelError` when the model takes features of another length.
  public init(
    _ model: Model, texts encoder: any TextModel, detector: FaceDetector? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(
      model, vectors: nil, texts: TextReader.Encoder(encoder), detector: detector, threads: threads)
  }
}
