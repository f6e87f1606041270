import Foundation

/// Edits pictures by words.
///
///     let editor = try Editor(contentsOf: modelURL)
///     let photo = try Image(contentsOf: photoURL)
///     try editor.edit(photo, adding: ["smiling": 1, "eyeglasses": -1]).write(to: outURL)
///
/// A picture's face is encoded to a latent code z, each word's direction w is added to it θ times, and the generator
/// draws z + Σ θ·w. θ = 1 is one typical change of the word's attribute, a negative θ takes it away, and θ = 0 changes
/// nothing: what is drawn then is the picture as the generator reconstructs it.
///
/// Source: "Latent Space Arithmetic with Images and Texts".
public struct Editor<Space: LatentSpace>: Sendable {
  /// Draws pictures from codes.
  public let generator: any Generator<Space>
  /// Finds the codes of pictures.
  public let encoder: any Encoder<Space>
  /// Finds the directions of words.
  public let projector: WordProjector<Space>

  /// Makes an editor of its three parts.
  public init(
    generator: any Generator<Space>, encoder: any Encoder<Space>, projector: WordProjector<Space>
  ) {
    (self.generator, self.encoder, self.projector) = (generator, encoder, projector)
  }

  /// The face of a picture with words added to it.
  ///
  /// - Parameters:
  ///   - picture: A photo, or a picture of the network's size.
  ///   - words: θ by word.
  /// - Returns: The edited face, as large as the generator draws.
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func edit(_ picture: Image, adding words: [String: Float]) throws -> Image {
    // Words first: a misspelt one is found before any work is done.
    let change = try change(of: words)
    return generator.generate(change.applied(to: try encoder.encode(picture)))
  }

  /// Encodes the face of a picture once, for many edits.
  public func session(for picture: Image) throws -> EditingSession<Space> {
    EditingSession(editor: self, code: try encoder.encode(picture))
  }

  /// An editing session that starts from a code, of a generated picture for example.
  public func session(from code: Latent<Space>) -> EditingSession<Space> {
    EditingSession(editor: self, code: code)
  }

  func change(of words: [String: Float]) throws -> Change<Space> {
    // In alphabetical order, so that the same words give the same sum.
    Change(
      terms: try words.sorted { $0.key < $1.key }.map { word, theta in
        guard theta.isFinite else { throw EditingError.thetaNotFinite(word: word, theta: theta) }
        return (theta, try projector.direction(for: word))
      })
  }
}

/// Σ θ·w.
struct Change<Space: LatentSpace> {
  let terms: [(theta: Float, direction: Direction<Space>)]

  func applied(to code: Latent<Space>) -> Latent<Space> {
    terms.reduce(code) { code, term in code + term.theta * term.direction }
  }
}

extension Editor where Space == Z {
  /// Opens a model whose three parts are trained.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - vectors: The word vectors it was trained with, for words beyond the model's own table.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Throws: ``ModelError``, ``EditingError/wrongWordVectors(expected:got:)``.
  public init(
    _ model: Model, vectors: WordVectors? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    self.init(
      generator: try ConvolutionalGenerator(model, threads: threads),
      encoder: try ConvolutionalEncoder(model, threads: threads),
      projector: try WordProjector(model, vectors: vectors, threads: threads))
  }

  /// Opens a model file whose three parts are trained.
  ///
  /// - Throws: `FileError`, `SafeTensorsError`, ``ModelError``, ``EditingError/wrongWordVectors(expected:got:)``.
  public init(
    contentsOf url: URL, vectors: WordVectors? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(Model(contentsOf: url), vectors: vectors, threads: threads)
  }
}

/// Why an edit cannot be made.
public enum EditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// θ is infinite or not a number.
  case thetaNotFinite(word: String, theta: Float)
  /// The word vectors are not those the projector was trained with.
  case wrongWordVectors(expected: Int, got: Int)

  public var description: String {
    switch self {
    case .thetaNotFinite(let word, let theta): "θ of “\(word)” is \(theta); it must be a finite number."
    case .wrongWordVectors(let expected, let got):
      "The model takes word vectors of \(expected) numbers, not \(got)."
    }
  }

  public var errorDescription: String? { description }
}
