/// One face under edit: encoded once, drawn as often as a θ changes.
///
///     var session = try editor.session(for: photo)
///     session["lipstick"] = 0.5
///     let picture = try session.render()
public struct EditingSession<Space: LatentSpace>: Sendable {
  /// The code of the face before any edit.
  public let code: Latent<Space>
  /// θ by word; words that are not here have θ = 0.
  public var words: [String: Float] = [:]
  private let editor: Editor<Space>

  init(editor: Editor<Space>, code: Latent<Space>) { (self.editor, self.code) = (editor, code) }

  /// θ of a word, 0 until it is set.
  public subscript(word: String) -> Float {
    get { words[word] ?? 0 }
    set { words[word] = newValue }
  }

  /// The face as the generator draws it without any word.
  public func reconstruction() -> Image { editor.generator.generate(code) }

  /// The face with the words as they are set; the encoder does not run again.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func render() throws -> Image {
    editor.generator.generate(try editor.change(of: words).applied(to: code))
  }

  /// The face with one word at each of several θ besides the words set, in one batch.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func render(_ word: String, at thetas: [Float]) throws -> [Image] {
    editor.generator.generate(
      try thetas.map { theta in
        try editor.change(of: words.merging([word: theta]) { _, new in new }).applied(to: code)
      })
  }
}
