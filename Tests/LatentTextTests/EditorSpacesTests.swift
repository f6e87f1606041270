import LatentArithmetic
import LatentText
import TestSupport
import Testing

/// `Editor` with a generator, an encoder and directions of another space than the noise.
struct EditorSpacesTests {
  /// Gives every image one code.
  private struct OneCode: Encoder {
    let code: Latent<WPlusSpace>
    let imageSize = 64
    let alignment = FaceAlignment.ffhq

    func encode(_ images: [Image]) -> [Latent<WPlusSpace>] { images.map { _ in code } }
  }

  // With words whose directions are given, x' = G(w + θ·d): as sessions and edits show it.
  @Test func editsInLayeredCodes() throws {
    let generator = try TinyStyleGAN2().withCheckpoint {
      try StyleGAN2Generator<WPlusSpace>(contentsOf: $0, threads: 2)
    }
    let codes = generator.randomCodes(2, seed: 1)
    let direction = codes[1] - codes[0]
    let mean = generator.layered([generator.meanW(samples: 10)])[0]
    let editor = Editor(
      generator: generator, encoder: OneCode(code: codes[0]),
      projector: WordProjector(directions: ["other": direction, "blond": -1 * direction], meanCode: mean))
    let photo = smoothImage(width: 64, height: 64, seed: 2)
    let expected = generator.generate(codes[0] + 0.5 * direction)

    let faces = try editor.faces(in: photo, framed: .whole, rendering: .reconstruct)
    let edited = try editor.edit(photo, adding: ["other": 0.5], framed: .whole, rendering: .reconstruct)
    #expect(edited.width == 64 && edited.pixels != photo.pixels)
    var face = editor.face(of: codes[0])
    face["Other"] = 0.5
    #expect(try face.rendered().pixels == expected.pixels)
    #expect(try face.rendered(along: 0.5 * direction).pixels == expected.pixels)
    #expect(try face.rendered(as: codes[0] + 0.5 * direction).pixels == expected.pixels)
    #expect(try faces[0].rendered("blond", at: [-0.5])[0].pixels == edited.pixels)
    #expect(try faces[0].rendered(along: 0.5 * direction).pixels == edited.pixels)
    #expect(throws: WordVectorsError.self) { try editor.projector.direction(of: ["purple": 1]) }
  }
}
