/// One face under edit: encoded once, drawn as often as a θ changes.
///
///     var session = try editor.session(for: photo)
///     session["lipstick"] = 0.5
///     let image = try session.render()
public struct EditingSession<Space: LatentSpace>: Sendable {
  /// The code of the face before any edit, and the generator that draws it.
  public let inversion: Inversion<Space>
  /// θ by word; words that are not here have θ = 0.
  public var words: [String: Float] = [:]
  /// Words whose meaning is not to change.
  public var kept: [String] = []
  private let editor: Editor<Space>
  private let place: Place?
  /// What the face looks like without any word, where differences from it are what is shown.
  private let before: Image?

  /// The image that the face is in, and where.
  struct Place: Sendable {
    let image: Image
    let frame: FaceFrame
    let rendering: Rendering
  }

  init(editor: Editor<Space>, inversion: Inversion<Space>, place: Place?) {
    (self.editor, self.inversion, self.place) = (editor, inversion, place)
    before = place?.rendering == .keep ? inversion.generator.generate(inversion.code) : nil
  }

  /// The code of the face before any edit.
  public var code: Latent<Space> { inversion.code }

  /// θ of a word, 0 until it is set.
  public subscript(word: String) -> Float {
    get { words[word] ?? 0 }
    set { words[word] = newValue }
  }

  /// The face alone as the generator draws it without any word.
  public func reconstruction() -> Image { before ?? inversion.generator.generate(code) }

  /// The image with the words as they are set; a session that started from a code has only the face to show.
  ///
  /// The encoder does not run again.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func render() throws -> Image { try shown([editor.direction(of: words, keeping: kept)])[0] }

  /// The image with one word at each of several θ besides the words set, drawn in one batch.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func render(_ word: String, at thetas: [Float]) throws -> [Image] {
    shown(
      try thetas.map { theta in
        try editor.direction(of: words.merging([word: theta]) { _, new in new }, keeping: kept)
      })
  }

  private func shown(_ changes: [Direction<Space>]) -> [Image] {
    let drawings = inversion.generator.generate(changes.map { code + $0 })
    guard let place else { return drawings }
    return drawings.map { place.image.showing($0, insteadOf: before, in: place.frame) }
  }
}
