import Foundation
import LatentArithmetic
import LatentText

extension StyleArguments {
  /// The face in the space of the model's noise.
  func noiseFace() throws -> EditedFace<ZSpace> {
    let editor = try encoder.editor(of: generator.model)
    if let face = try photoFace(of: editor) ?? savedFace(of: editor) { return face }
    if let seed { return editor.face(of: editor.generator.randomCodes(1, seed: seed)[0]) }
    // A model without words does not know its mean code; that of noise is 0.
    let mean = try? editor.projector.meanCode
    return editor.face(of: mean ?? Latent([Float](repeating: 0, count: editor.generator.latentSize)))
  }

  /// The face in StyleGAN2's W⁺.
  func layeredFace(of stylegan: StyleGAN2Generator<WPlusSpace>) throws -> EditedFace<WPlusSpace> {
    let editor =
      photo == nil
      ? Editor(generator: stylegan) : try encoder.editor(of: stylegan, threads: generator.threads)
    if let face = try photoFace(of: editor) ?? savedFace(of: editor) { return face }
    return editor.face(
      of: seed.map { stylegan.truncated(by: truncation).randomCodes(1, seed: $0)[0] }
        ?? stylegan.truncated(by: 0).randomCodes(1, seed: 0)[0])
  }

  /// The face in the style space of either generator; a file of a code may be of that space, or of W⁺ or noise.
  ///
  /// StyleGAN2's random images are moved toward the mean as StyleCLIP's statistics are: ψ = 0.7 in the first 8 vectors.
  func styleFace() throws -> (EditedFace<StyleSpace>, any StyleGenerator) {
    if let stylegan = try generator.styleGAN2() {
      let styled = stylegan.in(StyleSpace.self)
      let face = try styleFace(of: styled) {
        let face = try layeredFace(of: stylegan)
        return face.converted(to: stylegan.styles(of: [face.code])[0], of: styled)
      }
      return (face, styled.truncated(by: 0.7, rows: 8))
    }
    let styled = try ConvolutionalGenerator(generator.model.opened(), threads: generator.threads).inStyleSpace
    let face = try styleFace(of: styled) {
      let face = try noiseFace()
      return face.converted(to: styled.styles(of: [face.code])[0], of: styled)
    }
    return (face, styled)
  }

  /// A converted face, or where the file holds no code of the other space one of this.
  private func styleFace(
    of generator: any Generator<StyleSpace>, converted: () throws -> EditedFace<StyleSpace>
  ) throws -> EditedFace<StyleSpace> {
    do {
      return try converted()
    } catch let error as LatentError {
      guard let face = try savedFace(of: Editor(generator: generator)) else { throw error }
      return face
    }
  }

  /// The face of the photo that was asked for, if there is a photo.
  private func photoFace<Space>(of editor: Editor<Space>) throws -> EditedFace<Space>? {
    guard let photo else { return nil }
    let image = try Image(contentsOf: photo)
    let framing = encoder.crop.framing(of: image, for: try editor.encoder)
    let frames = try editor.frames(in: image, framed: framing)
    if face == nil, frames.count > 1 { throw SeveralFaces(count: frames.count) }
    let frame = try numbered(face ?? 1, of: frames)
    return try editor.faces(in: image, framed: .frames([frame]), rendering: rendering)[0]
  }

  /// The face of the code in a file, if there is one.
  private func savedFace<Space>(of editor: Editor<Space>) throws -> EditedFace<Space>? {
    try code.map { editor.face(of: try Latent.codes(contentsOf: $0, size: editor.generator.latentSize)[0]) }
  }
}

/// A photo of several faces, of which none was asked for.
private struct SeveralFaces: LocalizedError {
  let count: Int

  var errorDescription: String? {
    "There are \(count) faces in the photo; --face tells which, by its number in `latent faces`."
  }
}
