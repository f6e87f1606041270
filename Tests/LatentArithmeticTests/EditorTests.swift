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
      #expect(try editor.edit(image, adding: words) == image)
      #expect(try editor.edit(image, adding: words, rendering: .reconstruct) == reconstruction)
    }
    for (rendering, unchanged) in [(Rendering.keep, image), (.reconstruct, reconstruction)] {
      let session = try editor.session(for: image, rendering: rendering)
      #expect(session.reconstruction() == reconstruction)
      #expect(try session.render() == unchanged)
      #expect(try editor.edit(image, adding: ["smiling": 1], rendering: rendering) != unchanged)
    }
  }

  // z' = z + Σ θ·w, the words in alphabetical order; an image of the network's size shows G(z'), or what it
  // changes.
  @Test(arguments: TinyModel.architectures, Rendering.allCases) func wordsAreAddedTimesTheta(
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
    let edited = try editor.edit(image, adding: words, rendering: rendering)
    #expect(edited == expected)
    let without = try editor.edit(
      image, adding: ["smiling": 1.25, "new york": 2], rendering: rendering)
    #expect(edited != without)

    var session = try editor.session(for: image, rendering: rendering)
    #expect(session.code == code && session["blond"] == 0)
    for (word, theta) in words { session[word] = theta }
    #expect(try session.render() == edited)
    session["blond"] = 0
    #expect(try session.render() == without)

    let thetas: [Float] = [-1, 0, -0.5]
    let images = try session.render("blond", at: thetas)
    #expect(images.count == thetas.count)
    for (theta, image) in zip(thetas, images) {
      session["blond"] = theta
      #expect(try session.render() == image)
    }
    #expect(try session.render("blond", at: []).isEmpty)
  }

  // A code has no image: the session shows the generator's drawings.
  @Test func aSessionFromACodeShowsDrawings() throws {
    let editor = try Editor(TinyModel.complete())
    let code = editor.generator.randomCodes(1, seed: 4)[0]
    var session = editor.session(from: code)
    #expect(session.reconstruction() == editor.generator.generate(code))
    #expect(try session.render() == editor.generator.generate(code))
    session["smiling"] = -1.5
    let smiling = try editor.projector.direction(for: "smiling")
    #expect(try session.render() == editor.generator.generate(code + -1.5 * smiling))
    #expect(try session.render("smiling", at: [0, -1.5]) == [session.reconstruction(), session.render()])
  }

  @Test func aWordMayBeginWithACapital() throws {
    let editor = try Editor(TinyModel.complete())
    let smiling = try editor.edit(image, adding: ["smiling": 1])
    #expect(try editor.edit(image, adding: ["Smiling": 1]) == smiling)
    #expect(try editor.edit(image, adding: ["SMILING": 1]) == smiling)
  }

  // Images of another size are cut to the face first, and a batch gives what its images give alone.
  @Test func photosAreCutToTheFace() throws {
    let editor = try Editor(TinyModel.complete())
    let photos = [(178, 218), (300, 100), (80, 80), (40, 41)].enumerated().map { index, size in
      smoothImage(width: size.0, height: size.1, seed: index)
    }
    let codes = try editor.encoder.encode(photos)
    #expect(codes.count == photos.count)
    for (photo, code) in zip(photos, codes) {
      let alone = try editor.encoder.encode(photo.faceCrop(size: 80))
      #expect(
        relativeError(code.values, alone.values.map { Double($0) }) <= roundingTolerance(terms: 25 * 4))
    }
    #expect(try editor.encoder.encode([]).isEmpty && editor.generator.generate([]).isEmpty)
  }

  // MARK: - Refusals

  private static let unknown = WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])

  // A wrong word is found before the network runs, and a session is as it was.
  @Test func wrongWordsAreFoundBeforeAnyWork() throws {
    let model = TinyModel.complete()
    let work = Work()
    let editor = Editor<ZSpace>(
      generator: CountingGenerator(
        generator: try ConvolutionalGenerator(model, threads: 1), work: work),
      encoder: CountingEncoder(encoder: try ConvolutionalEncoder(model, threads: 1), work: work),
      projector: try WordProjector(model, threads: 1))
    #expect(throws: Self.unknown) { try editor.edit(image, adding: ["blond": 1, "smilling": 1]) }
    #expect(throws: EditingError.tooFar) { try editor.edit(image, adding: ["blond": 3e38]) }
    for theta in [Float.infinity, -.infinity] {
      #expect(throws: EditingError.thetaNotFinite(word: "blond", theta: theta)) {
        try editor.edit(image, adding: ["blond": theta])
      }
    }
    // An error that holds NaN does not equal itself.
    #expect { try editor.edit(image, adding: ["blond": .nan]) } throws: { error in
      guard case EditingError.thetaNotFinite("blond", let theta)? = error as? EditingError else {
        return false
      }
      return theta.isNaN
    }

    var session = editor.session(from: editor.projector.meanCode)
    session["smiling"] = 1
    session["smilling"] = 1
    #expect(throws: Self.unknown) { try session.render() }
    #expect(throws: Self.unknown) { try session.render("blond", at: [1]) }
    session["smilling"] = .nan
    #expect(throws: EditingError.self) { try session.render() }
    #expect(work.calls.withLock { $0 } == 0)

    session.words["smilling"] = nil
    #expect(session.words == ["smiling": 1])
    _ = try session.render()
    _ = try editor.edit(image, adding: ["smiling": 1])
    // The session draws once; the image is encoded, and drawn without and with the word.
    #expect(work.calls.withLock { $0 } == 4)
  }

  @Test func unknownWordsAreTold() throws {
    let projector = try WordProjector(TinyModel.complete(), threads: 1)
    #expect(throws: Self.unknown) { try projector.direction(for: "smilling") }
    #expect(throws: Self.unknown) { try projector.nearest(to: "smilling", count: 2) }
    #expect(throws: WordVectorsError.unknownWord("", suggestions: [])) { try projector.direction(for: "") }
  }

  // MARK: - Word vectors

  /// The model with a table that its projector made from the vectors.
  private func modelWithItsOwnTable(of vectors: WordVectors) throws -> Model {
    var model = TinyModel.complete()
    model.directions = WordVectors(
      words: vectors.words,
      values: TinyModel.projector.layers.inferred(
        vectors.matrix, try model.parameters(of: .projector), threads: 1
      ).elements)
    return model
  }

  // Table and network agree where both know a word, up to the rounding of sums of 16 terms.
  @Test func wordVectorsGoThroughTheProjector() throws {
    let vectors = TinyModel.vectors
    let model = try modelWithItsOwnTable(of: vectors)
    let table = try WordProjector(model, threads: 1)
    let network = try WordProjector(model, vectors: vectors, threads: 1)
    #expect(table.words == vectors.words && network.words == vectors.words)
    for word in vectors.words {
      let expected = try table.direction(for: word).values.map { Double($0) }
      let got = try network.direction(for: word).values
      #expect(relativeError(got, expected) <= roundingTolerance(terms: TinyModel.hiddenUnits))
    }
  }

  // The vectors go before the table, which still knows the words they lack.
  @Test func wordVectorsGoBeforeTheTable() throws {
    let model = TinyModel.complete()
    let vectors = WordVectors(words: ["smiling", "beard"], values: randomFloats(count: 10, seed: 8))
    let table = try WordProjector(model, threads: 1)
    let both = try WordProjector(model, vectors: vectors, threads: 1)
    #expect(both.words == vectors.words)
    #expect(try both.direction(for: "Smiling") != table.direction(for: "smiling"))
    #expect(try both.direction(for: "blond") == table.direction(for: "blond"))
    let input = Tensor(shape: [1, 5], elements: try vectors.vector(for: "beard"))
    let expected = TinyModel.projector.layers.inferred(
      input, try model.parameters(of: .projector), threads: 1)
    #expect(try both.direction(for: "beard").values == expected.elements)
    #expect(throws: WordVectorsError.unknownWord("board", suggestions: ["beard"])) {
      try both.direction(for: "board")
    }
  }

  @Test func vectorsOfAnotherLengthAreRefused() throws {
    let vectors = WordVectors(words: ["smiling", "beard"], values: randomFloats(count: 8, seed: 8))
    #expect(throws: EditingError.wrongWordVectors(expected: 5, got: 4)) {
      try Editor(TinyModel.complete(), vectors: vectors)
    }
  }

  // The cosines are those of the table's directions, the word itself left out however it is written.
  @Test func neighborsAreThoseOfTheTable() throws {
    let model = TinyModel.complete()
    let projector = try WordProjector(model, threads: 1)
    let neighbors = try projector.nearest(to: "Smiling", count: 10)
    #expect(Set(neighbors.map(\.word)) == Set(TinyModel.words).subtracting(["smiling"]))
    let smiling = try projector.direction(for: "smiling")
    for neighbor in neighbors {
      let cosine = smiling.cosine(to: try projector.direction(for: neighbor.word))
      #expect(abs(neighbor.cosine - cosine) <= Float(roundingTolerance(terms: 6)))
    }
    let cosines = neighbors.map(\.cosine)
    #expect(cosines == cosines.sorted(by: >))
    #expect(try projector.nearest(to: "smiling", count: 2) == Array(neighbors.prefix(2)))
  }

  // MARK: - Threads

  @Test(arguments: TinyModel.architectures) func threadsDoNotChangeABit(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let model = TinyModel.complete(architecture)
    let editors = try [1, 2, 3].map { try Editor(model, vectors: TinyModel.vectors, threads: $0) }
    let codes = try editors.map { try $0.encoder.encode([image, image.mirrored(), image]) }
    let edits = try editors.map { try $0.edit(image, adding: ["smiling": 2, "blond": -1]) }
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

  func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
    work.calls.withLock { $0 += 1 }
    return generator.generate(codes)
  }

  func inversion(
    of face: Image, from code: Latent<ZSpace>, by refinement: Refinement
  ) throws -> Inversion<ZSpace> {
    try generator.inversion(of: face, from: code, by: refinement)
  }
}

private struct CountingEncoder: Encoder {
  var imageSize: Int { NetworkConfiguration.imageSize }
  let encoder: ConvolutionalEncoder
  let work: Work

  func encode(_ images: [Image]) throws -> [Latent<ZSpace>] {
    work.calls.withLock { $0 += 1 }
    return try encoder.encode(images)
  }
}
