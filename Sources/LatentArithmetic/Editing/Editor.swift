import Foundation
import LatentCore

/// Edits images by words.
///
///     let editor = try Editor(contentsOf: modelURL)
///     let photo = try Image(contentsOf: photoURL)
///     try editor.edit(photo, adding: ["smiling": 1, "eyeglasses": -1]).write(to: outURL)
///
/// Each face of an image is encoded to a latent code z, each word's direction w is added to it θ times, and the generator
/// draws z + Σ θ·w; what that changes is put back into the image. θ = 1 makes most photos show the word's attribute,
/// a negative θ takes it away, and θ = 0 changes nothing.
///
/// Source: "Latent Space Arithmetic with Images and Texts".
public struct Editor<Space: LatentSpace>: Sendable {
  /// Draws images from codes.
  public let generator: any Generator<Space>
  /// Finds the codes of images.
  public let encoder: any Encoder<Space>
  /// Finds the directions of words.
  public let projector: WordProjector<Space>

  /// Makes an editor of its three parts.
  public init(
    generator: any Generator<Space>, encoder: any Encoder<Space>, projector: WordProjector<Space>
  ) {
    (self.generator, self.encoder, self.projector) = (generator, encoder, projector)
  }

  /// An image with words added to its faces, as large as it was.
  ///
  /// - Parameters:
  ///   - image: A photo, or an image of the network's size.
  ///   - words: θ by word.
  ///   - kept: Words whose meaning is not to change.
  ///   - frames: Where the faces are; those of ``frames(in:alignment:)`` if left out.
  ///   - rendering: How what the generator draws gets into the image.
  ///   - refinement: How the codes that the encoder finds are made better; they are used as they are if left out.
  /// - Returns: The image, its transparency and metadata kept.
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``, and what
  ///   ``frames(in:alignment:)`` throws.
  public func edit(
    _ image: Image, adding words: [String: Float], keeping kept: [String] = [],
    in frames: [FaceFrame]? = nil, rendering: Rendering = .keep, refinement: Refinement? = nil
  ) throws -> Image {
    // Words first: a misspelt one is found before any work is done.
    try edit(
      image, along: direction(of: words, keeping: kept), in: frames, rendering: rendering,
      refinement: refinement)
  }

  /// An image whose faces' codes went along a direction, as large as it was.
  ///
  /// - Parameters:
  ///   - image: A photo, or an image of the network's size.
  ///   - direction: What is added to the code of each face.
  ///   - frames: Where the faces are; those of ``frames(in:alignment:)`` if left out.
  ///   - rendering: How what the generator draws gets into the image.
  ///   - refinement: How the codes that the encoder finds are made better; they are used as they are if left out.
  /// - Returns: The image, its transparency and metadata kept.
  /// - Throws: What ``frames(in:alignment:)`` throws.
  public func edit(
    _ image: Image, along direction: Direction<Space>, in frames: [FaceFrame]? = nil,
    rendering: Rendering = .keep, refinement: Refinement? = nil
  ) throws -> Image {
    let frames = try frames ?? self.frames(in: image)
    let inversions = try inversions(of: image, in: frames, by: refinement)
    return zip(frames, inversions).reduce(image) { image, face in
      let (frame, inversion) = face
      let before = rendering == .keep ? inversion.generator.generate(inversion.code) : nil
      let after = inversion.generator.generate(inversion.code + direction)
      return image.showing(after, insteadOf: before, in: frame)
    }
  }

  /// Where the faces of an image are, the most probable first.
  ///
  /// An image of the encoder's size and an aligned CelebA photo, 178×218, need no search; in any other one a
  /// ``FaceDetector`` finds the faces, and each is framed as the model's training images were.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - alignment: How the training images were cut out; as the encoder says if left out.
  /// - Returns: A frame for each face, at least one.
  /// - Throws: ``FaceError/noFace``, and what ``FaceDetector/init(threads:)`` throws.
  public func frames(in image: Image, alignment: FaceAlignment? = nil) throws -> [FaceFrame] {
    try image.faceFrames(ofSize: encoder.imageSize, alignment ?? encoder.alignment)
  }

  /// Encodes the face of an image once, for many edits.
  ///
  /// - Parameters:
  ///   - image: A photo, or an image of the network's size.
  ///   - frame: Where the face is; the only face of ``frames(in:alignment:)`` if left out.
  ///   - rendering: How what the generator draws gets into the image.
  ///   - refinement: How the codes that the encoder finds are made better; they are used as they are if left out.
  /// - Returns: A session without any word yet.
  /// - Throws: ``FaceError/severalFaces(count:)``, and what ``frames(in:alignment:)`` throws.
  public func session(
    for image: Image, in frame: FaceFrame? = nil, rendering: Rendering = .keep,
    refinement: Refinement? = nil
  ) throws -> EditingSession<Space> {
    let frame = try frame ?? theOnlyFrame(in: image)
    let inversion = try inversions(of: image, in: [frame], by: refinement)[0]
    return EditingSession(
      editor: self, inversion: inversion,
      place: .init(image: image, frame: frame, rendering: rendering))
  }

  /// An editing session that starts from a code, of a generated image for example.
  public func session(from code: Latent<Space>) -> EditingSession<Space> {
    EditingSession(editor: self, inversion: Inversion(code: code, generator: generator), place: nil)
  }

  /// The code of each face with the generator that draws it: this editor's, where nothing is refined.
  private func inversions(
    of image: Image, in frames: [FaceFrame], by refinement: Refinement?
  ) throws -> [Inversion<Space>] {
    let faces = frames.map { image.cropped(to: $0, size: encoder.imageSize) }
    return try zip(faces, encoder.encode(faces)).map { face, code in
      guard let refinement else { return Inversion(code: code, generator: generator) }
      return try generator.inversion(of: face, from: code, by: refinement)
    }
  }

  private func theOnlyFrame(in image: Image) throws -> FaceFrame {
    let frames = try frames(in: image)
    guard frames.count == 1 else { throw FaceError.severalFaces(count: frames.count) }
    return frames[0]
  }

  /// Codes have numbers about 1.
  private static var farthest: Float { 1e30 }

  /// Σ θ·w of words; without any word, a direction of no length.
  ///
  /// Directions n of words and C, in rows, of kept words give n − Cᵀ(CCᵀ)⁻¹Cn: what changes no code along a kept word. A
  /// word that is kept and added at once is left out of C.
  ///
  /// Source: "Interpreting the Latent Space of GANs for Semantic Face Editing", Shen and others 2020, section 2.2.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``,
  ///   ``EditingError/tooFar``.
  public func direction(of words: [String: Float], keeping kept: [String] = []) throws -> Direction<Space> {
    let added = Set(words.keys.map { $0.lowercased() })
    let others = try kept.filter { !added.contains($0.lowercased()) }.map { try projector.direction(for: $0) }
    // In alphabetical order, so that the same words give the same sum.
    let sum = try words.sorted { $0.key < $1.key }
      .reduce(Direction([Float](repeating: 0, count: generator.latentSize))) { sum, entry in
        let (word, theta) = entry
        guard theta.isFinite else { throw EditingError.thetaNotFinite(word: word, theta: theta) }
        return sum + theta * (try projector.direction(for: word)).orthogonalized(to: others)
      }
    // A code that it is added to must stay finite.
    guard sum.values.allSatisfy({ $0.magnitude <= Self.farthest }) else { throw EditingError.tooFar }
    return sum
  }
}

/// How what a generator draws gets into the image that was edited.
public enum Rendering: String, Sendable, CaseIterable {
  /// The difference between the drawings with and without the words is added to the image, which so keeps the detail
  /// that the generator cannot draw.
  case keep
  /// The drawing takes the place of the face, as in the paper.
  case reconstruct
}

extension Image {
  /// The image with a drawing of its face in place of the face, or instead of an earlier drawing.
  func showing(_ drawing: Image, insteadOf earlier: Image?, in frame: FaceFrame) -> Image {
    guard let earlier else { return replacing(frame, by: drawing) }
    return adding(changeFrom: earlier, to: drawing, in: frame)
  }
}

extension Editor where Space == ZSpace {
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
  /// - Throws: `FileError`, `TensorFileError`, ``ModelError``, ``EditingError/wrongWordVectors(expected:got:)``.
  public init(
    contentsOf url: URL, vectors: WordVectors? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(Model(contentsOf: url), vectors: vectors, threads: threads)
  }
}

/// Why an edit cannot be made.
public enum EditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The edit leads farther than any generator's codes reach.
  case tooFar
  /// θ is infinite or not a number.
  case thetaNotFinite(word: String, theta: Float)
  /// The word vectors are not those the projector was trained with.
  case wrongWordVectors(expected: Int, got: Int)
  /// A file holds no codes of the generator; `got` are the shapes of its tensors.
  case otherCodes(file: String, expected: Int, got: [[Int]])

  public var description: String {
    switch self {
    case .tooFar: "The edit leads beyond all codes; a smaller θ or strength is expected."
    case .thetaNotFinite(let word, let theta): "θ of “\(word)” is \(theta); it must be a finite number."
    case .wrongWordVectors(let expected, let got):
      "The model takes word vectors of \(expected) numbers, not \(got)."
    case .otherCodes(let file, let expected, let got):
      "“\(file)” holds \(got.count == 1 ? "a tensor of shape \(got[0])" : "\(got.count) tensors"), not one tensor of "
        + "codes of \(expected) numbers."
    }
  }

  public var errorDescription: String? { description }
}
