import Foundation
import LatentArithmetic
import LatentCore
import Synchronization
import TestSupport
import Testing

/// Editing by words with models of random weights.
struct EditorTests {
  private let image = randomImage(width: 80, height: 80, seed: 9)

  // Σ over no words, or with every θ zero, is exactly zero: the image is kept as it is, or is what its code
  // shows.
  @Test(arguments: TinyModel.architectures) func withoutWordsThereIsNoChange(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let editor = try Editor(TinyModel.complete(architecture))
    let reconstruction = editor.generator.generate(try editor.encoder.encode(image))
    #expect((reconstruction.width, reconstruction.height) == (80, 80) && reconstruction != image)
    for words: [String: Float] in [[:], ["smiling": 0, "new york": -0]] {
      #expect(try editor.edit(image, adding: words, framed: .whole) == image)
      #expect(
        try editor.edit(image, adding: words, framed: .whole, rendering: .reconstruct) == reconstruction)
    }
    for (rendering, unchanged) in [(Rendering.keep, image), (.reconstruct, reconstruction)] {
      let face = try editor.faces(in: image, framed: .whole, rendering: rendering)[0]
      #expect(face.reconstruction() == reconstruction)
      #expect(try face.rendered() == unchanged)
      #expect(
        try editor.edit(image, adding: ["smiling": 1], framed: .whole, rendering: rendering) != unchanged)
    }
  }

  // z' = z + Σ θ·w, the words in alphabetical order; an image of the network's size shows G(z'), or what it
  // changes.
  @Test(arguments: TinyModel.architectures, [Rendering.keep, .reconstruct]) func wordsAreAddedTimesTheta(
    architecture: NetworkConfiguration.Architecture, rendering: Rendering
  ) throws {
    let editor = try Editor(TinyModel.complete(architecture))
    let code = try editor.encoder.encode(image)
    let blond = try editor.projector.direction(for: "blond")
    let york = try editor.projector.direction(for: "new york")
    let smiling = try editor.projector.direction(for: "smiling")
    let drawing = editor.generator.generate(code + -0.5 * blond + 2 * york + 1.25 * smiling)
    let expected =
      rendering == .reconstruct
      ? drawing
      : image.adding(
        changeFrom: editor.generator.generate(code), to: drawing,
        in: FaceFrame(Rectangle(x: 0, y: 0, width: 80, height: 80)))
    let words: [String: Float] = ["smiling": 1.25, "new york": 2, "blond": -0.5]
    let edited = try editor.edit(image, adding: words, framed: .whole, rendering: rendering)
    #expect(edited == expected)
    let without = try editor.edit(
      image, adding: ["smiling": 1.25, "new york": 2], framed: .whole, rendering: rendering)
    #expect(edited != without)

    var face = try editor.faces(in: image, framed: .whole, rendering: rendering)[0]
    #expect(face.code == code && face["blond"] == 0)
    for (word, theta) in words { face[word] = theta }
    #expect(try face.rendered() == edited)
    face["blond"] = 0
    #expect(try face.rendered() == without)

    let thetas: [Float] = [-1, 0, -0.5]
    let images = try face.rendered("blond", at: thetas)
    #expect(images.count == thetas.count)
    for (theta, image) in zip(thetas, images) {
      face["blond"] = theta
      #expect(try face.rendered() == image)
    }
    #expect(try face.rendered("blond", at: []).isEmpty)
  }

  // A code has no photo: the face shows what is generated.
  @Test func aFaceOfACodeShowsWhatIsGenerated() throws {
    let editor = try Editor(TinyModel.complete())
    let code = editor.generator.randomCodes(1, seed: 4)[0]
    var face = editor.face(of: code)
    #expect(face.reconstruction() == editor.generator.generate(code))
    #expect(try face.rendered() == editor.generator.generate(code))
    face["smiling"] = -1.5
    let smiling = try editor.projector.direction(for: "smiling")
    #expect(try face.rendered() == editor.generator.generate(code + -1.5 * smiling))
    #expect(try face.rendered("smiling", at: [0, -1.5]) == [face.reconstruction(), face.rendered()])
  }

  @Test func aWordMayBeginWithACapital() throws {
    let editor = try Editor(TinyModel.complete())
    let smiling = try editor.edit(image, adding: ["smiling": 1], framed: .whole)
    #expect(try editor.edit(image, adding: ["Smiling": 1], framed: .whole) == smiling)
    #expect(try editor.edit(image, adding: ["SMILING": 1], framed: .whole) == smiling)
  }

  // A batch gives what its crops give alone.
  @Test func cropsAreEncodedInABatch() throws {
    let editor = try Editor(TinyModel.complete())
    let crops = (0..<4).map { smoothImage(width: 80, height: 80, seed: $0) }
    let codes = try editor.encoder.encode(crops)
    #expect(codes.count == crops.count)
    for (crop, code) in zip(crops, codes) {
      let alone = try editor.encoder.encode(crop)
      #expect(
        relativeError(code.values, alone.values.map { Double($0) }) <= roundingTolerance(terms: 25 * 4))
    }
    #expect(try editor.encoder.encode([]).isEmpty && editor.generator.generate([]).isEmpty)
  }

  // Encoder and scorer take finished crops, and cut nothing themselves.
  @Test func aPhotoIsNoCrop() async {
    await #expect(processExitsWith: .failure) {
      let encoder = try ConvolutionalEncoder(TinyModel.complete(), threads: 1)
      _ = try encoder.encode(smoothImage(width: 178, height: 218, seed: 1))
    }
  }

  // One word in two spellings has two values of θ, and which is meant nobody can say.
  @Test func aWordGivenTwiceIsRefused() throws {
    let editor = try Editor(TinyModel.complete())
    #expect(throws: LatentError.wordTwice("Smiling", "smiling")) {
      try editor.edit(image, adding: ["Smiling": 1, "smiling": 1], framed: .whole)
    }
    var face = try editor.faces(in: image, framed: .whole)[0]
    (face["smiling"], face["SMILING"]) = (1, 0)
    #expect(throws: LatentError.wordTwice("SMILING", "smiling")) { try face.rendered() }
  }

  // An editor of a generator alone edits codes along directions, and says what it lacks for the rest.
  @Test func aGeneratorAloneEditsCodes() throws {
    let generator = try ConvolutionalGenerator(TinyModel.complete(), threads: 1)
    let editor = Editor(generator: generator)
    let codes = generator.randomCodes(2, seed: 8)
    var face = editor.face(of: codes[0])
    #expect(try face.rendered() == generator.generate(codes[0]))
    #expect(
      try face.rendered(along: codes[1] - codes[0]) == generator.generate(codes[0] + (codes[1] - codes[0])))
    #expect(try face.rendered(as: codes[1]) == generator.generate(codes[1]))
    #expect(throws: LatentError.tooFar) { try face.rendered(along: 3e38 * (codes[1] - codes[0])) }
    face["smiling"] = 1
    #expect(throws: EditingError.projectorMissing) { try face.rendered() }
    #expect(throws: EditingError.encoderMissing) { try editor.faces(in: image, framed: .whole) }
    #expect(throws: EditingError.projectorMissing) { try editor.edit(image, adding: ["smiling": 1]) }
  }

  // MARK: - Refusals

  private static let unknown = WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])

  // A wrong word is found before the network runs, and a face is as it was.
  @Test func wrongWordsAreFoundBeforeAnyWork() throws {
    let model = TinyModel.complete()
    let work = Work()
    let editor = Editor<ZSpace>(
      generator: CountingGenerator(
        generator: try ConvolutionalGenerator(model, threads: 1), work: work),
      encoder: CountingEncoder(encoder: try ConvolutionalEncoder(model, threads: 1), work: work),
      projector: try WordProjector(model, threads: 1))
    #expect(throws: Self.unknown) { try editor.edit(image, adding: ["blond": 1, "smilling": 1]) }
    #expect(throws: LatentError.tooFar) { try editor.edit(image, adding: ["blond": 3e38]) }
    #expect(throws: LatentError.thetaNotFinite(word: "blond", theta: .infinity)) {
      try editor.projector.direction(of: ["blond": .infinity])
    }
    for theta in [Float.infinity, -.infinity] {
      #expect(throws: LatentError.thetaNotFinite(word: "blond", theta: theta)) {
        try editor.edit(image, adding: ["blond": theta])
      }
    }
    // An error that holds NaN does not equal itself.
    #expect { try editor.edit(image, adding: ["blond": .nan]) } throws: { error in
      guard case LatentError.thetaNotFinite("blond", let theta)? = error as? LatentError else {
        return false
      }
      return theta.isNaN
    }

    var face = editor.face(of: try editor.projector.meanCode)
    face["smiling"] = 1
    face["smilling"] = 1
    #expect(throws: Self.unknown) { try face.rendered() }
    #expect(throws: Self.unknown) { try face.rendered("blond", at: [1]) }
    face["smilling"] = .nan
    #expect(throws: LatentError.self) { try face.rendered() }
    #expect(work.calls.withLock { $0 } == 0)

    face.words["smilling"] = nil
    #expect(face.words == ["smiling": 1])
    _ = try face.rendered()
    _ = try editor.edit(image, adding: ["smiling": 1], framed: .whole)
    // The face is generated once; the image is encoded, and drawn without and with the word.
    #expect(work.calls.withLock { $0 } == 4)
  }

  // MARK: - Threads

  // The editor's detector uses as many threads as the editor. A process of its own has an environment of its own.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func theDetectorUsesTheEditorsThreads() async {
    await #expect(processExitsWith: .success) {
      setenv("LATENT_MODELS", try Shared.url("models/mtcnn").path, 1)
      let editor = try Editor(TinyModel.complete(), threads: 1)
      guard editor.detector?.threads == 1 else { exit(1) }
    }
  }

  @Test(arguments: TinyModel.architectures) func threadsDoNotChangeABit(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let model = TinyModel.complete(architecture)
    let editors = try [1, 2, 3].map { try Editor(model, vectors: TinyModel.vectors, threads: $0) }
    let codes = try editors.map { try $0.encoder.encode([image, image.mirrored(), image]) }
    let edits = try editors.map { try $0.edit(image, adding: ["smiling": 2, "blond": -1], framed: .whole) }
    for index in 1..<3 {
      #expect(codes[index] == codes[0])
      #expect(edits[index] == edits[0])
    }
  }

  // MARK: - Random codes

  @Test func randomCodesDependOnTheSeedAlone() throws {
    let generator = try ConvolutionalGenerator(TinyModel.complete(), threads: 1)
    let codes = generator.randomCodes(4, seed: 1)
    #expect(codes.count == 4 && Set(codes.map(\.values)).count == 4)
    #expect(codes.allSatisfy { $0.values.count == TinyModel.latentSize })
    #expect(generator.randomCodes(2, seed: 1) == Array(codes.prefix(2)))
    #expect(generator.randomCodes(4, seed: 2) != codes)
  }
}

/// How often a network ran.
private final class Work: Sendable {
  let calls = Mutex(0)
}

private struct CountingGenerator: Generator {
  let generator: ConvolutionalGenerator
  let work: Work

  var latentSize: Int { generator.latentSize }
  var imageSize: Int { generator.imageSize }

  func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
    work.calls.withLock { $0 += 1 }
    return generator.generate(codes)
  }
}

private struct CountingEncoder: Encoder {
  var imageSize: Int { NetworkConfiguration.paper.imageSize }
  var alignment: FaceAlignment { encoder.alignment }
  let encoder: ConvolutionalEncoder
  let work: Work

  func encode(_ images: [Image]) throws -> [Latent<ZSpace>] {
    work.calls.withLock { $0 += 1 }
    return try encoder.encode(images)
  }
}
