import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Codes of many photos, and encoders that frame photos in their own way.
struct PhotoCodesTests {
  private func editor() throws -> Editor<ZSpace> { try Editor(TinyModel.complete(), threads: 2) }

  /// Photos of several sizes in a folder, more than are encoded at a time, with two among them that cannot be read.
  private func photos(in folder: URL) throws -> [URL] {
    try (0..<11).map { index in
      let url = folder.appendingPathComponent("\(index).png")
      switch index {
      case 3: try Data("not an image".utf8).write(to: url)
      case 7: break
      default: try smoothImage(width: 60 + 7 * index, height: 90, seed: index).write(to: url)
      }
      return url
    }
  }

  // The code of each photo is what the encoder finds for its crop alone, but for the rounding of a batch; what cannot be
  // read is told and left out, in order.
  @Test(arguments: [Framing.whole, .centerSquare]) func areThoseOfTheEncoder(_ framing: Framing) throws {
    try withTemporaryFolder { folder in
      let (editor, urls) = (try editor(), try photos(in: folder))
      var left: [(url: URL, error: any Error)] = []
      var steps: [Int] = []
      let codes = try editor.codes(
        ofPhotos: urls, framed: framing, report: { steps.append($0.step) }, leaving: { left.append(($0, $1)) }
      )
      #expect(
        left.map(\.url) == [urls[3], urls[7]] && left[0].error is ImageError && left[1].error is FileError)
      #expect(codes.count == 9 && steps == [8, 11])
      for (url, code) in zip(urls.filter { !left.map(\.url).contains($0) }, codes) {
        let photo = try Image(contentsOf: url)
        let expected = try editor.faces(in: photo, framed: framing)[0].code
        #expect(worstError(code.values, expected.values.map(Double.init), scale: 1) <= 1e-5)
      }
      let file = folder.appendingPathComponent("codes.safetensors")
      try codes.write(to: file)
      #expect(try Latent.codes(contentsOf: file, size: editor.generator.latentSize) == codes)
    }
  }

  // A refined code is nearer to its photo, which some code of the generator draws.
  @Test func areRefined() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.png")
      let editor = try editor()
      let photo = editor.generator.generate(editor.generator.randomCodes(1, seed: 9)[0])
      try photo.write(to: url)
      func error(_ steps: Int?) throws -> Double {
        let codes = try editor.codes(
          ofPhotos: [url], framed: .whole, refinementSteps: steps, leaving: { _, _ in })
        let drawn = Tensor(editor.generator.generate(codes[0]))
        return Double(drawn.subtracting(Tensor(photo)).squaredNorm)
      }
      #expect(try error(100) < 0.8 * error(nil))
    }
  }

  // Without a detector no photo has a code, and none is blamed; a cancelled task ends between two photos.
  @Test func whatStopsAllIsThrown() async throws {
    try await withTemporaryFolder { folder in
      let urls = try photos(in: folder)
      let editor = Editor(generator: try editor().generator, encoder: try editor().encoder)
      #expect(throws: FaceError.self) {
        try editor.codes(ofPhotos: urls, leaving: { url, _ in Issue.record("\(url)") })
      }
      let task = Task {
        _ = #expect(throws: CancellationError.self) {
          try editor.codes(
            ofPhotos: urls, framed: .whole, report: { _ in cancelTask() }, leaving: { _, _ in })
        }
      }
      await task.value
    }
  }

  /// An encoder of images that are no faces.
  private struct OfSquares: Encoder {
    let imageSize = 8
    let alignment = FaceAlignment.ffhq
    let framing = Framing.centerSquare
    func encode(_ crops: [Image]) -> [Latent<ZSpace>] {
      crops.map { Latent([Float($0.pixels[0]), 1]) }
    }
  }

  private struct Black: Generator {
    let latentSize = 2
    let imageSize = 8
    func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
      codes.map { _ in Image(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192)) }
    }
  }

  // An encoder's own framing is used where none is said, without a detector; one that is said goes before it.
  @Test func anEncoderFramesPhotosInItsOwnWay() throws {
    let editor = Editor(generator: Black(), encoder: OfSquares())
    let photo = smoothImage(width: 40, height: 24, seed: 3)
    #expect(try editor.frames(in: photo) == [.centerSquare(of: photo)])
    #expect(try editor.faces(in: photo)[0].frame == .centerSquare(of: photo))
    #expect(try editor.frames(in: photo, framed: .whole) == [.whole(of: photo)])
    #expect(throws: FaceError.self) { try editor.frames(in: photo, framed: .detected()) }
    #expect(try self.editor().encoder.framing == .detected(by: .celeba))
  }
}
