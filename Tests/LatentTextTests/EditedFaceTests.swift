import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Faces of photos that are edited by texts, as a program does it.
struct EditedFaceTests {
  private let photo = smoothImage(width: 80, height: 80, seed: 2)

  // Whatever edits is a source of θ by word, of a direction or of a code; all get into the photo the same way:
  // photo + G(z′) − G(z), z′ being the code and what was found.
  @Test func wordDirectionAndSentenceGoOneWay() throws {
    let editor = try Editor(TinyModel.complete(.dcgan))
    func expected(_ code: Latent<ZSpace>, _ before: Latent<ZSpace>) -> Image {
      photo.adding(
        changeFrom: editor.generator.generate(before), to: editor.generator.generate(code),
        in: .whole(of: photo))
    }

    do {  // a word
      var face = try editor.faces(in: photo, framed: .whole)[0]
      face["smiling"] = 1
      let image = try face.rendered()
      #expect(image == expected(face.code + (try editor.projector.direction(for: "smiling")), face.code))
    }
    do {  // a direction, from anywhere
      let face = try editor.faces(in: photo, framed: .whole)[0]
      let direction = editor.generator.principalDirections(count: 1, samples: 20, seed: 1)[0]
      let image = try face.rendered(along: 2 * direction)
      #expect(image == expected(face.code + 2 * direction, face.code) && image != photo)
    }
    do {  // a sentence
      let face = try editor.faces(in: photo, framed: .whole)[0]
      var optimizer = try LatentOptimizer(
        LatentOptimization(steps: 5), of: face, toward: "a smile", model: ToyImageTextModel())
      try optimizer.run()
      let image = try face.rendered(as: optimizer.code)
      #expect(image == expected(optimizer.code, face.code) && image != photo)
      // w₀ + (w − w₀) is w up to the rounding of two sums.
      let sum = face.code + optimizer.direction
      #expect(worstError(sum.values, optimizer.code.values.map(Double.init), scale: 1) <= 1e-6)
    }
    do {  // a mapper, untrained: 0.1·M(w)
      let face = try editor.faces(in: photo, framed: .whole)[0]
      let mapper = LatentMapper<ZSpace>(latentSize: face.code.values.count, seed: 3)
      let direction = mapper.direction(for: face.code)
      #expect(try face.rendered(along: 3 * direction) == expected(face.code + 3 * direction, face.code))
    }
  }

  // In the style space the photo stays the photo, and what changes is of the styles.
  @Test func facesMoveToTheStyleSpace() throws {
    let generator = try ConvolutionalGenerator.toy()
    let styled = generator.inStyleSpace
    let model = TinyModel.complete(.dcgan)
    let found = try Editor(model).faces(in: photo, framed: .whole)[0]
    let face = found.converted(to: styled.styles(of: [found.code])[0], of: styled)
    #expect(face.photo == photo && face.frame == found.frame)
    #expect(face.reconstruction() == found.reconstruction())
    #expect(try face.rendered() == photo)
    let model2 = ToyImageTextModel()
    let relevance = try RelevanceEstimate(of: styled, model: model2, styles: styled.randomCodes(2, seed: 1))
      .relevance(to: model2.direction(from: "face", to: "smiling face"))
    let smile = try GlobalDirection(
      relevance: relevance, statistics: styled.statistics(samples: 1, seed: 1))
    let after = styled.generate(face.code + 3 * smile.direction)
    #expect(
      try face.rendered(along: 3 * smile.direction)
        == photo.adding(changeFrom: styled.generate(face.code), to: after, in: .whole(of: photo)))
  }

  @Test func sentencesTakeAGeneratorWithGradients() throws {
    struct Gray: Generator {
      let latentSize = 2
      let imageSize = 8
      func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
        codes.map { _ in Image(width: 8, height: 8, pixels: [UInt8](repeating: 128, count: 192)) }
      }
    }
    let face = Editor(generator: Gray()).face(of: Latent([0, 1]))
    #expect(throws: EditingError.gradientsMissing) {
      try LatentOptimizer(.edit, of: face, toward: "a smile", model: ToyImageTextModel(imageSize: 8))
    }
  }

  /// An encoder that frames faces as e4e does.
  private struct FFHQEncoder: Encoder {
    let imageSize = 256
    let alignment = FaceAlignment.ffhq
    func encode(_ crops: [Image]) -> [Latent<WPlusSpace>] { crops.map { _ in Latent([0, 1]) } }
  }

  private struct Black: Generator {
    let latentSize = 2
    let imageSize = 8
    func generate(_ codes: [Latent<WPlusSpace>]) -> [Image] {
      codes.map { _ in Image(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192)) }
    }
    func randomCodes(_ count: Int, seed: UInt64) -> [Latent<WPlusSpace>] { [] }
  }

  // Whatever a photo's size, 178×218 for one, its face is framed by the encoder's alignment.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func framesAreOfTheEncodersAlignment() throws {
    let detector = try FaceDetector(contentsOf: Shared.url("models/mtcnn"), threads: 2)
    let photo = try Image(contentsOf: Shared.url("data/celeba/img_align_celeba/000001.jpg"))
    #expect(photo.width == 178 && photo.height == 218)
    let editor = Editor(generator: Black(), encoder: FFHQEncoder(), detector: detector)
    let face = try #require(try editor.faces(in: photo).first)
    let found = try #require(detector.detect(photo).first)
    #expect(face.frame == FaceAlignment.ffhq.frame(of: found, in: photo))
    #expect(face.frame != FaceAlignment.celeba.frameInAlignedCelebA)
  }
}
