import Foundation
import LatentCore

/// Edits faces in photos by words, and along any direction.
///
///     let editor = try Editor(contentsOf: modelURL)
///     let photo = try Image(contentsOf: photoURL)
///     try editor.edit(photo, adding: ["smiling": 1, "eyeglasses": -1]).write(to: outURL)
///
/// Each face of a photo is encoded to a latent code z, each word's direction w is added to it θ times, and the generator
/// draws z + Σ θ·w; what that changes is put back into the photo. θ = 1 makes most photos show the word's attribute,
/// a negative θ takes it away, and θ = 0 changes nothing.
///
/// Source: "Latent Space Arithmetic with Images and Texts".
public struct Editor<Space: LatentSpace>: Sendable {
  /// Generates images from codes.
  public let generator: any Generator<Space>
  private let encoderOrNone: (any Encoder<Space>)?
  private let projectorOrNone: WordProjector<Space>?
  private let painter: Painter?
  package let detector: FaceDetector?

  /// Makes an editor of its parts.
  ///
  /// - Parameters:
  ///   - generator: Generates images from codes.
  ///   - encoder: Finds the codes of faces; without one, only codes are edited.
  ///   - projector: Finds the directions of words; without one, edits go along directions.
  ///   - detector: Finds faces in photos; without one, framing has to be said.
  public init(
    generator: any Generator<Space>, encoder: (any Encoder<Space>)? = nil,
    projector: WordProjector<Space>? = nil, detector: FaceDetector? = nil
  ) {
    self.init(
      generator: generator, encoder: encoder, projector: projector, painter: nil, detector: detector)
  }

  package init(
    generator: any Generator<Space>, encoder: (any Encoder<Space>)?, projector: WordProjector<Space>?,
    painter: Painter?, detector: FaceDetector?
  ) {
    (self.generator, self.painter, self.detector) = (generator, painter, detector)
    (encoderOrNone, projectorOrNone) = (encoder, projector)
  }

  /// Finds the codes of faces.
  ///
  /// - Throws: ``EditingError`` where the editor was made without.
  public var encoder: any Encoder<Space> {
    get throws(EditingError) {
      guard let encoderOrNone else { throw .encoderMissing }
      return encoderOrNone
    }
  }

  /// Finds the directions of words.
  ///
  /// - Throws: ``EditingError`` where the editor was made without.
  public var projector: WordProjector<Space> {
    get throws(EditingError) {
      guard let projectorOrNone else { throw .projectorMissing }
      return projectorOrNone
    }
  }

  /// The rendering where none is asked for.
  package var usualRendering: Rendering { painter == nil ? .keep : .paint }

  /// Finds the faces of a photo without encoding them.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - framing: Where its faces are; ``Encoder/framing`` if left out.
  /// - Returns: Where the faces are, at least one where a detector finds them, the most probable first.
  /// - Throws: ``FaceError``; ``EditingError``.
  public func frames(in photo: Image, framed framing: Framing? = nil) throws -> [FaceFrame] {
    let encoder = try encoder
    return try photo.frames(framing ?? encoder.framing, alignment: encoder.alignment, detector: detector)
  }

  /// Finds and encodes the faces of a photo, for many edits.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - framing: Where its faces are; ``Encoder/framing`` if left out.
  ///   - rendering: How what the generator draws gets into the photo; if left out, it is painted where the model has a
  ///     painter, and kept where it has none.
  ///   - refinement: How the codes that the encoder finds are made better; they are used as they are if left out.
  ///   - report: Called after each step of a refinement.
  /// - Returns: The faces, at least one where a detector finds them, the most probable first.
  /// - Throws: ``FaceError``; ``EditingError``; what the encoder throws; ``RefinementError`` and
  ///   `CancellationError` where codes are refined.
  public func faces(
    in photo: Image, framed framing: Framing? = nil, rendering: Rendering? = nil,
    refinement: Refinement? = nil, report: (StepProgress) -> Void = { _ in }
  ) throws -> [EditedFace<Space>] {
    let encoder = try encoder
    let rendering = rendering ?? usualRendering
    let painter = try painter(for: rendering)
    let frames = try frames(in: photo, framed: framing)
    let crops = frames.map { photo.cropped(to: $0, size: encoder.imageSize) }
    let codes = try encoder.encode(crops)
    return try frames.indices.map { index in
      var inversion = Inversion(code: codes[index], generator: generator)
      if let refinement {
        let (size, frame) = (generator.imageSize, frames[index])
        let target = size == encoder.imageSize ? crops[index] : photo.cropped(to: frame, size: size)
        inversion = try generator.differentiable.inversion(
          of: target, from: codes[index], by: refinement, report: report)
      }
      func before() -> Image { inversion.generator.generate(inversion.code) }
      let way: EditedFace<Space>.Way =
        if let painter {
          .painted(
            by: painter,
            crop: Tensor(photo.cropped(to: frames[index], size: PainterConfiguration.imageSize)),
            before: before())
        } else if rendering == .keep { .kept(before: before()) } else { .reconstructed }
      return EditedFace(
        code: inversion.code, generator: inversion.generator, projector: projectorOrNone,
        place: .init(photo: photo, frame: frames[index], way: way))
    }
  }

  /// The painter, where a rendering takes one.
  private func painter(for rendering: Rendering) throws(EditingError) -> Painter? {
    guard rendering == .paint else { return nil }
    guard let painter else { throw .painterMissing }
    return painter
  }

  /// The face of a code, of a generated image for example: rendering it shows what is generated.
  ///
  /// - Precondition: The code has as many numbers as the generator's.
  public func face(of code: Latent<Space>) -> EditedFace<Space> {
    generator.check(code)
    return EditedFace(code: code, generator: generator, projector: projectorOrNone, place: nil)
  }

  /// A photo with words added to its faces, as large as it was.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - words: θ by word.
  ///   - kept: Words whose meaning is not to change.
  ///   - framing: Where the faces are; ``Encoder/framing`` if left out.
  ///   - rendering: How what the generator draws gets into the photo; painted or kept if left out.
  /// - Returns: The photo, its transparency and metadata kept.
  /// - Throws: What ``WordProjector/direction(of:keeping:)`` and
  ///   ``faces(in:framed:rendering:refinement:report:)`` throw.
  public func edit(
    _ photo: Image, adding words: [String: Float], keeping kept: [String] = [],
    framed framing: Framing? = nil, rendering: Rendering? = nil
  ) throws -> Image {
    // Words first: a misspelt one is found before any work is done.
    try edit(
      photo, along: projector.direction(of: words, keeping: kept), framed: framing, rendering: rendering)
  }

  /// A photo with the codes of its faces moved along a direction, as large as it was.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - direction: What is added to the code of each face.
  ///   - framing: Where the faces are; ``Encoder/framing`` if left out.
  ///   - rendering: How what the generator draws gets into the photo; painted or kept if left out.
  /// - Returns: The photo, its transparency and metadata kept.
  /// - Throws: What ``faces(in:framed:rendering:refinement:report:)`` throws; ``LatentError/tooFar``.
  public func edit(
    _ photo: Image, along direction: Direction<Space>, framed framing: Framing? = nil,
    rendering: Rendering? = nil
  ) throws -> Image {
    try faces(in: photo, framed: framing, rendering: rendering)
      .reduce(photo) { try $1.rendered(along: direction, into: $0) }
  }
}

extension Editor where Space == ZSpace {
  /// Opens a model whose three parts are trained.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - vectors: The word vectors it was trained with, for words beyond the model's own table.
  ///   - detector: Finds faces in photos; if left out, the one of ``FaceDetector/init(contentsOf:threads:)`` where it is installed.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Throws: ``ModelError``; `FileError`, `TensorFileError`, `WeightSourceError` where the detector's files are damaged.
  public init(
    _ model: Model, vectors: WordVectors? = nil, detector: FaceDetector? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(model, vectors: vectors, texts: nil, detector: detector, threads: threads)
  }

  /// Opens a model with an encoder of texts that its table does not know.
  package init(
    _ model: Model, vectors: WordVectors?, texts: TextReader.Encoder?, detector: FaceDetector?, threads: Int
  ) throws {
    self.init(
      generator: try ConvolutionalGenerator(model, threads: threads),
      encoder: try ConvolutionalEncoder(model, threads: threads),
      projector: try WordProjector(model, vectors: vectors, encoder: texts, threads: threads),
      painter: Painter(model, threads: threads), detector: try detector ?? .installed(threads: threads))
    // What was read is a sixth larger than what was made of it.
    Kernels.returnFreedMemory()
  }

  /// Opens a model file whose three parts are trained.
  ///
  /// - Throws: ``FileError``, `TensorFileError`, `WeightSourceError`, ``ModelError``.
  public init(
    contentsOf url: URL, vectors: WordVectors? = nil, detector: FaceDetector? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(Model(contentsOf: url), vectors: vectors, detector: detector, threads: threads)
  }
}
