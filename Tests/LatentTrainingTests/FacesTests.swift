import Foundation
import LatentArithmetic
import LatentTraining
import LatentFaces
import TestSupport
import Testing

/// The face model that comes with the library.
struct FacesTests {
  private static let words = ["smiling", "eyeglasses", "lipstick", "blond"]

  private static var resource: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()  // Tests/LatentTrainingTests
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/LatentFaces/Resources/faces.safetensors")
  }

  // Generator, encoder, painter and scorers take at most 30 MB, and with texts all of it 44 MB.
  @Test func theResourcesAreSmallEnoughToEmbed() throws {
    let folder = Self.resource.deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.fileSizeKey])
    let sizes = try files.map { try #require($0.resourceValues(forKeys: [.fileSizeKey]).fileSize) }
    #expect(sizes.count == 5 && sizes.allSatisfy { $0 > 0 } && sizes.reduce(0, +) <= 44_000_000)
    let model = try #require(Self.resource.resourceValues(forKeys: [.fileSizeKey]).fileSize)
    #expect(model <= 25_000_000)
  }

  @Test func commonWordsAreKnown() throws {
    let projector = try Editor.faces().projector
    #expect(projector.words.count > 1000)
    for word in Self.words {
      let direction = try projector.direction(for: word)
      #expect(direction.length > 0 && direction.length.isFinite, "\(word)")
    }
  }

  // Neither table nor list of texts has these: words that were held back, phrases, negations, and what names nothing.
  @Test(
    arguments: [
      ("spectacles", ["eyeglasses": 1]), ("a grin", ["smiling": 1]), ("moustache", ["mustache": 1]),
      ("not wearing glasses", ["eyeglasses": -1]), ("get rid of the beard", ["beard": -1]),
      ("a smiling man with a hat and no glasses", ["smiling": 1, "male": 1, "hat": 1, "eyeglasses": -1]),
      ("an old lady", ["young": -1, "male": -1]), ("table", [:]), ("asdfgh", [:]), ("🙂", [:]), ("удали", [:]),
    ] as [(String, [String: Float])])
  func textsMeanWhatTheySay(text: String, thetas: [String: Float]) throws {
    let reading = try #require(try Editor.faces().projector.reading(of: text))
    #expect(reading.namesSomething == !thetas.isEmpty, "\(reading)")
    for (word, theta) in thetas {
      let got = try #require(reading.thetas[word], "\(word) in \(reading)")
      #expect(abs(got - theta) < 0.5, "\(reading)")
    }
  }

  // What the encoder reads by its pieces, surely or not, is asked about where a word that means something is one slip away; what
  // the table or the vocabulary has is not.
  @Test(
    arguments: [
      ("smyling", "smiling"), ("eyeglases", "eyeglasses"), ("lipstik", "lipstick"), ("mustashe", "mustache"),
      ("berd", "beard"), ("a smyling woman", "a smiling woman"), ("no hat, eyeglases", "no hat, eyeglasses"),
      ("smiling", nil), ("beads", nil), ("moustache", nil), ("spectacles", nil), ("a fast red car", nil),
      ("a big smile and no beard", nil), ("tight-lipped", nil),
    ] as [(String, String?)])
  func misspeltWordsAreAskedAbout(text: String, meant: String?) throws {
    let reading = try #require(try Editor.faces().projector.reading(of: text))
    if let meant {
      #expect(reading.suggestions.contains(meant), "\(reading)")
    } else {
      #expect(!reading.namesSomething || reading.suggestions.isEmpty, "\(reading)")
    }
  }

  // ⟨G(z + w) − G(z), G(z − w) − G(z)⟩ < 0: adding and taking away move pixels of the drawing in opposite directions. A
  // painter, which sees the photo, has nothing to take away where nothing is.
  @Test(arguments: words) func oppositeThetasMoveOppositeWays(word: String) throws {
    let editor = try Editor.faces()
    let face = try #require(Self.generatedFaces(1, editor).first)
    let origin = try editor.edit(face, adding: [:], framed: .whole, rendering: .keep)
    let more = try Self.change(
      editor.edit(face, adding: [word: 1], framed: .whole, rendering: .keep), from: origin)
    let less = try Self.change(
      editor.edit(face, adding: [word: -1], framed: .whole, rendering: .keep), from: origin)
    let cosine = Self.dot(more, less) / (Self.dot(more, more) * Self.dot(less, less)).squareRoot()
    #expect(cosine < -0.1, "\(cosine)")
  }

  // MARK: - Photos

  private static let photoCount = 64

  // PSNR = 10·log₁₀(2²/MSE) on the scale of −1...1. A reconstruction has to show this face and not just a face: it
  // is nearer than the mean face is.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func photosAreReconstructed() throws {
    let editor = try Editor.faces()
    let photos = try Self.photos().map(\.face)
    let reconstructions = editor.generator.generate(try editor.encoder.encode(photos))
    let meanFace = editor.generator.generate(try editor.projector.meanCode)
    let got = Self.mean(zip(photos, reconstructions).map(Self.peakSignalToNoise))
    let plain = Self.mean(photos.map { Self.peakSignalToNoise($0, meanFace) })
    #expect(got > 15, "\(got) dB")
    #expect(got > plain + 2, "\(got) dB, the mean face \(plain) dB")
  }

  // A word added to an image is found again in it: ⟨E(G(z + w)) − E(G(z)), ŵ⟩ is most of ‖w‖ on the mean. It is
  // nearly as much as of a random direction of the same length: encoder and generator that were trained together find
  // nearly all of any direction, a little less of one on which faces lie close together.
  //
  // The baseline is the reconstruction G(z) and not the photo: E(G(z)) lies elsewhere than z = E(x) also without a
  // word, along ŵ by about as much as the word adds and for smiling faces, too. Against E(x) the sum of the two would
  // be measured, and ⟨E(G(z + w)) − E(x), ŵ⟩ may well be negative.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func anAddedSmileIsFoundInTheImage() throws {
    let editor = try Editor.faces()
    let faces = try Self.photos().filter { !$0.isSmiling }.map(\.face)
    #expect(faces.count > 10)
    let codes = try editor.encoder.encode(faces)
    let plain = try editor.encoder.encode(editor.generator.generate(codes))
    /// The share of an added direction that the encoder finds in the images.
    func gain(_ direction: Direction<ZSpace>) throws -> Double {
      let edited = try editor.encoder.encode(editor.generator.generate(codes.map { $0 + direction }))
      return Self.mean(
        zip(edited, plain).map { edited, plain in
          let change = edited - plain
          return Double(change.cosine(to: direction) * change.length / direction.length)
        })
    }
    let smile = try editor.projector.direction(for: "smiling")
    let found = try gain(smile)
    let random = try Self.mean(
      (50..<53).map { (seed: UInt64) in
        let direction = Direction<ZSpace>(randomFloats(count: smile.values.count, seed: seed))
        return try gain(smile.length / direction.length * direction)
      })
    #expect(found > 0.6 && found > 0.75 * random, "\(found) of the smile, \(random) of random directions")
  }

  /// The first validation images, cut to the face, and whether they smile.
  private static func photos() throws -> [(face: Image, isSmiling: Bool)] {
    let dataset = try ImageDataset(contentsOf: Shared.url("data/celeba"))
    let smiling = try #require(dataset.attributeNames.firstIndex(of: "Smiling"))
    let images = dataset.images(in: .validation).prefix(photoCount)
    #expect(images.count == photoCount)
    let frame = try Editor.faces().encoder.alignment.frameInAlignedCelebA
    return try images.map { image in
      (
        try Image(contentsOf: dataset.url(of: image)).cropped(to: frame, size: 80),
        try #require(image.attributes)[smiling]
      )
    }
  }

  private static func generatedFaces(_ count: Int, _ editor: Editor<ZSpace>) -> [Image] {
    editor.generator.generate(editor.generator.randomCodes(count, seed: 3))
  }

  private static func change(_ image: Image, from origin: Image) -> [Double] {
    zip(image.pixels, origin.pixels).map { Double($0) - Double($1) }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private static func peakSignalToNoise(_ a: Image, _ b: Image) -> Double {
    let difference = change(a, from: b).map { $0 / 127.5 }
    return 10 * log10(4 * Double(difference.count) / dot(difference, difference))
  }
}
