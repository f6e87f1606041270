import LatentCore

/// A face that is being edited: the photo it is in, where, its latent code, and how what changes gets back.
///
///     var faces = try editor.faces(in: photo)
///     faces[0]["lipstick"] = 0.5
///     let image = try faces[0].rendered()
///     let other = try faces[0].rendered(along: direction)
///
/// Whatever edits is a source of a direction or of a new code: words, boundaries, principal components, mappers, global
/// directions, latent optimization. The face was found and encoded once; rendering only generates.
public struct EditedFace<Space: LatentSpace>: Sendable {
  /// The photo as it was, nil for a face that began as a code.
  public var photo: Image? { place?.photo }
  /// Where in the photo the face is, nil for a face that began as a code.
  public var frame: FaceFrame? { place?.frame }
  /// The code of the face before any edit.
  public let code: Latent<Space>
  /// Generates this face and its edits: the editor's generator, or a refined one of the face's own.
  public let generator: any Generator<Space>
  /// θ by word; a word that is not here has θ = 0.
  public var words: [String: Float] = [:]
  /// Words whose meaning is not to change.
  public var kept: [String] = []
  private let projector: WordProjector<Space>?
  let place: Place?

  /// The photo, where in it the face is, and how edits get into it.
  struct Place: Sendable {
    let photo: Image
    let frame: FaceFrame
    let way: Way
  }

  /// How edits get into the photo, with what that takes besides the image of the edited code.
  enum Way: Sendable {
    case reconstructed
    /// The difference to the image of the code before any edit is added.
    case kept(before: Image)
    /// A painter is shown the photo's crop and both images.
    case painted(by: Painter, crop: Tensor, before: Image)

    /// The image of the code before any edit, where there is one already.
    var before: Image? {
      switch self {
      case .reconstructed: nil
      case .kept(let before), .painted(_, _, let before): before
      }
    }
  }

  init(
    code: Latent<Space>, generator: any Generator<Space>, projector: WordProjector<Space>?, place: Place?
  ) {
    (self.code, self.generator, self.projector, self.place) = (code, generator, projector, place)
  }

  /// θ of a word, 0 until it is set.
  public subscript(word: String) -> Float {
    get { words[word] ?? 0 }
    set { words[word] = newValue }
  }

  /// The face alone as the generator draws it without any edit.
  public func reconstruction() -> Image { place?.way.before ?? generator.generate(code) }

  /// The photo with the words as they are set; of a face that began as a code the generated image.
  ///
  /// - Parameter image: What the edit is put into, as large as the photo: the photo with other faces edited, say; the
  ///   photo itself if left out.
  /// - Returns: An image as large as the photo.
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``; ``LatentError``; ``EditingError/projectorMissing`` where
  ///   words are set and the editor knows none.
  public func rendered(into image: Image? = nil) throws -> Image {
    try rendered(along: direction(of: words), into: image)
  }

  /// The photo with the face's code moved along a direction, whatever words are set.
  ///
  /// - Parameters:
  ///   - direction: What is added to the code.
  ///   - image: What the edit is put into, as large as the photo; the photo itself if left out.
  /// - Returns: An image as large as the photo.
  /// - Precondition: The direction has as many numbers as the code.
  /// - Throws: ``LatentError/tooFar``.
  public func rendered(
    along direction: Direction<Space>, into image: Image? = nil
  ) throws(LatentError) -> Image {
    try rendered(as: code + direction, into: image)
  }

  /// The photo with another code in the place of the face's, whatever words are set.
  ///
  /// - Parameters:
  ///   - code: The code.
  ///   - image: What the edit is put into, as large as the photo; the photo itself if left out.
  /// - Returns: An image as large as the photo.
  /// - Precondition: The code has as many numbers as the face's.
  /// - Throws: ``LatentError/tooFar``.
  public func rendered(as code: Latent<Space>, into image: Image? = nil) throws(LatentError) -> Image {
    try rendered([code], into: image)[0]
  }

  /// The photo with one word at each of several θ beside the words set, generated in one batch.
  ///
  /// - Throws: What ``rendered(into:)`` throws.
  public func rendered(_ word: String, at thetas: [Float]) throws -> [Image] {
    let codes = try thetas.map { theta in
      code + (try direction(of: words.merging([word: theta]) { _, new in new }))
    }
    return try rendered(codes, into: nil)
  }

  /// The face as the words make it, for edits that follow: what it shows is its photo, and its code has moved along.
  ///
  /// Nothing is found or encoded again, so edits one after the other go where they would go together.
  ///
  /// - Parameter image: What the edit is put into, as large as the photo; the photo itself if left out.
  /// - Returns: The face, with no words set.
  /// - Throws: What ``rendered(into:)`` throws.
  public func edited(into image: Image? = nil) throws -> EditedFace {
    let code = code + (try direction(of: words))
    let photo = try rendered(as: code, into: image)
    let place = place.map { place in
      func after() -> Image { generator.generate(code) }
      let way: Way =
        switch place.way {
        case .reconstructed: .reconstructed
        case .kept: .kept(before: after())
        case .painted(let painter, let crop, _):
          .painted(
            by: painter, crop: Tensor(photo.cropped(to: place.frame, size: crop.shape[1])), before: after())
        }
      return Place(photo: photo, frame: place.frame, way: way)
    }
    var face = EditedFace(code: code, generator: generator, projector: projector, place: place)
    face.kept = kept
    return face
  }

  /// How far words can be added or taken away before much else begins to change: painters are trained to here, and codes
  /// farther off are no faces'.
  public static var reliableThetas: ClosedRange<Float> { -1.5...1.5 }

  /// The same face by a code of another space, StyleGAN2's styles of a code in W⁺ say; words are left behind.
  ///
  /// - Parameters:
  ///   - code: The face's code in the other space.
  ///   - generator: Generates images from such codes.
  /// - Returns: A face in the same place of the same photo.
  /// - Precondition: The code has as many numbers as the generator's.
  public func converted<Other>(
    to code: Latent<Other>, of generator: any Generator<Other>
  ) -> EditedFace<Other> {
    generator.check(code)
    // A painter has seen images of its own generator alone.
    let place = place.map {
      EditedFace<Other>.Place(
        photo: $0.photo, frame: $0.frame,
        way: $0.way.before == nil ? .reconstructed : .kept(before: generator.generate(code)))
    }
    return EditedFace<Other>(code: code, generator: generator, projector: nil, place: place)
  }

  /// Σ θ·w of words.
  private func direction(of words: [String: Float]) throws -> Direction<Space> {
    if let projector { return try projector.direction(of: words, keeping: kept) }
    guard words.isEmpty, kept.isEmpty else { throw EditingError.projectorMissing }
    return .zero(size: code.values.count)
  }

  /// An image for each code, as large as the photo.
  private func rendered(
    _ codes: [Latent<Space>], into image: Image?
  ) throws(LatentError) -> [Image] {
    // What is added to a code must leave numbers that a generator can take.
    guard codes.allSatisfy(\.values.isWithinReach) else { throw .tooFar }
    let generated = generator.generate(codes)
    guard let place, !codes.isEmpty else { return generated }
    let image = image ?? place.photo
    switch place.way {
    case .reconstructed: return generated.map { image.replacing(place.frame, by: $0) }
    case .kept(let before):
      // θ = 0 is the photo to the bit, although a batch of several codes may round otherwise than the face's alone.
      return zip(codes, generated).map {
        image.adding(changeFrom: before, to: $0 == code ? before : $1, in: place.frame)
      }
    case .painted(let painter, let crop, let before):
      let painted = painter.paint(
        crop, before: Tensor(before), after: Tensor(generated),
        edits: Tensor(
          shape: [codes.count, code.values.count],
          elements: codes.flatMap { zip($0.values, code.values).map { $0 - $1 } }))
      return codes.indices.map { index in
        image.painting(
          painted.colors.image(index), mask: painted.masks.image(index), over: crop.image(0), in: place.frame)
      }
    }
  }
}
