import Foundation
import LatentArithmetic
import LatentCore
import LatentText

extension StyleArguments {
  /// The face in the space of the face model's noise.
  func noiseFace() throws -> EditedFace<ZSpace> {
    let editor = try model.editor()
    if let face = try photoFace(of: editor) ?? savedFace(of: editor) { return face }
    return try editor.face(
      of: seed.map { editor.generator.randomCodes(1, seed: $0)[0] } ?? editor.projector.meanCode)
  }

  /// The face in StyleGAN2's W⁺.
  func layeredFace(of generator: StyleGAN2Generator<WPlusSpace>) throws -> EditedFace<WPlusSpace> {
    let editor = Editor(
      generator: generator, encoder: try encoder(for: generator), detector: try detector())
    if let face = try photoFace(of: editor) ?? savedFace(of: editor) { return face }
    return editor.face(
      of: seed.map { generator.truncated(by: truncation).randomCodes(1, seed: $0)[0] }
        ?? generator.truncated(by: 0).randomCodes(1, seed: 0)[0])
  }

  /// The face in the style space of either generator; a file of a code may be of that space, or of W⁺ or noise.
  ///
  /// StyleGAN2's random images are moved toward the mean as StyleCLIP's statistics are: ψ = 0.7 in the first 8 vectors.
  func styleFace() throws -> (EditedFace<StyleSpace>, any StyleGenerator) {
    if let generator = try styleGAN2() {
      let styled = generator.in(StyleSpace.self)
      let face = try styleFace(of: styled) {
        let face = try layeredFace(of: generator)
        return face.converted(to: generator.styles(of: [face.code])[0], of: styled)
      }
      return (face, styled.truncated(by: 0.7, rows: 8))
    }
    let styled = try ConvolutionalGenerator(model.opened(), threads: model.threads).inStyleSpace
    let face = try styleFace(of: styled) {
      let face = try noiseFace()
      return face.converted(to: styled.styles(of: [face.code])[0], of: styled)
    }
    return (face, styled)
  }

  /// The StyleGAN2 generator that was asked for, if any.
  func styleGAN2() throws -> StyleGAN2Generator<WPlusSpace>? {
    try generator.map { try StyleGAN2Generator(contentsOf: $0, threads: model.threads) }
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

  /// The one face of the photo, if there is a photo.
  private func photoFace<Space>(of editor: Editor<Space>) throws -> EditedFace<Space>? {
    guard let photo else { return nil }
    let image = try Image(contentsOf: photo)
    let faces = try editor.faces(
      in: image, framed: crop.framing(of: image, for: editor.encoder), rendering: rendering)
    guard faces.count == 1 else { throw FaceError.severalFaces(count: faces.count) }
    return faces[0]
  }

  /// The face of the code in a file, if there is one.
  private func savedFace<Space>(of editor: Editor<Space>) throws -> EditedFace<Space>? {
    try code.map { editor.face(of: try Latent.codes(contentsOf: $0, size: editor.generator.latentSize)[0]) }
  }

  /// e4e, where there is a photo.
  private func encoder(for generator: StyleGAN2Generator<WPlusSpace>) throws -> E4EEncoder? {
    guard photo != nil, let encoder else { return nil }
    let opened = try E4EEncoder(contentsOf: encoder, threads: model.threads)
    try requireCodes(of: "encoder", size: opened.latentSize, for: generator)
    return opened
  }

  /// Finds the face of a photo; nil where its networks are not installed, which the editor tells if it needs them.
  private func detector() throws -> FaceDetector? {
    guard photo != nil else { return nil }
    do {
      return try FaceDetector(threads: model.threads)
    } catch FaceError.modelsMissing {
      return nil
    }
  }
}

/// Refuses a part whose codes have another size than the generator's.
func requireCodes<Space>(of part: String, size: Int, for generator: any Generator<Space>) throws {
  guard size == generator.latentSize else {
    throw OtherGenerator(part: part, size: size, latentSize: generator.latentSize)
  }
}

/// A part that was trained for another generator.
private struct OtherGenerator: LocalizedError {
  let part: String
  let size: Int
  let latentSize: Int

  var errorDescription: String? {
    "The \(part) is of another generator: its codes have \(size) numbers, and the generator's \(latentSize)."
  }
}
