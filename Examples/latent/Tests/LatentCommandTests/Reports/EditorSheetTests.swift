import Foundation
import LatentArithmetic
import LatentReports
import Testing

struct EditorSheetTests {
  private let image = smoothImage(width: 80, height: 80, seed: 1)

  // A row is the face, G(E(x)), and G(E(x) + θ·w) for each θ.
  @Test func sheetsHaveARowForEachImageAndWord() throws {
    let editor = try Editor(TinyModels.model(), vectors: TinyModels.vectors)
    let images = [
      image, smoothImage(width: 178, height: 218, seed: 3), smoothImage(width: 80, height: 80, seed: 5),
    ]
    let faces = try images.flatMap { image in
      try editor.faces(
        in: image, framed: .frames([.trained(in: image, by: .detected(by: .celeba))]), rendering: .reconstruct
      )
    }
    let sheet = try editor.sheet(of: faces, words: ["smiling", "blond"], thetas: [-1, 0.5, 2])
    #expect(sheet.rows.map(\.label) == ["smiling", "blond", "smiling", "blond", "smiling", "blond"])
    #expect(sheet.columnLabels == ["original", "reconstructed", "θ = -1", "θ = 0.5", "θ = 2"])
    #expect(sheet.rows.allSatisfy { $0.images.count == 5 })
    let face = images[1].cropped(to: FaceFrame(Rectangle(x: 15, y: 40, width: 148, height: 148)), size: 80)
    let code = try editor.encoder.encode(face)
    let direction = try editor.projector.direction(for: "blond")
    #expect(sheet.rows[2].images[0] == face)
    #expect(
      Array(sheet.rows[3].images[1...])
        == editor.generator.generate([0, -1, 0.5, 2].map { code + $0 * direction }))
  }

  // By equation (1) a row is G((E(x) + θ·w)/2), w as it was trained; θ = 0 is no word and changes nothing. Of several words
  // the mean is averaged.
  @Test func sheetsOfAverages() throws {
    let editor = try Editor(TinyModels.rawAveragingModel(), vectors: TinyModels.vectors)
    let face = try editor.faces(in: image, framed: .whole, rendering: .reconstruct)[0]
    let sheet = try editor.sheet(of: [face], words: ["blond"], thetas: [0, 1, -2], averages: true)
    let (z, w) = (face.code.values, try editor.projector.direction(for: "blond").values)
    let codes = [1, -2].map { theta in zip(z, w).map { 0.5 * ($0 + Float(theta) * $1) } }
    #expect(
      Array(sheet.rows[0].images[1...])
        == editor.generator.generate([face.code, face.code] + codes.map { Latent($0) }))
    let other = try editor.projector.direction(for: "young").values
    let average = try editor.average(of: face.code, with: ["blond": 1, "young": -1, "hat": 0])
    let expected = z.indices.map { 0.5 * (Double(z[$0]) + 0.5 * (Double(w[$0]) - Double(other[$0]))) }
    // Three roundings of numbers as large as the largest of them.
    let largest = Double((z + w + other).map(\.magnitude).max() ?? 0)
    let error = zip(average.values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(error <= 3 * largest * Double(Float.ulpOfOne))
    #expect(try editor.average(of: face.code, with: [:]) == face.code)
  }

  @Test func wordsAreShownOnTheMeanFace() throws {
    let editor = try Editor(TinyModels.model(), vectors: TinyModels.vectors)
    let sheet = try editor.sheet(ofWords: TinyModels.words, theta: 1.5)
    #expect(sheet.columnLabels == TinyModels.words)
    #expect(sheet.rows.map(\.images.count) == [TinyModels.words.count])
    let mean = try editor.projector.meanCode
    let expected = mean + 1.5 * (try editor.projector.direction(for: "blond"))
    #expect(sheet.rows[0].images[3] == editor.generator.generate(expected))
  }

  @Test func wrongWordsAreTold() throws {
    let editor = try Editor(TinyModels.model(), vectors: TinyModels.vectors)
    let faces = try editor.faces(in: image, framed: .whole)
    let unknown = WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])
    #expect(throws: unknown) { try editor.sheet(ofWords: ["blond", "smilling"], theta: 1) }
    #expect(throws: unknown) { try editor.sheet(of: faces, words: ["blond", "smilling"], thetas: [1]) }
    #expect(throws: LatentError.thetaNotFinite(word: "blond", theta: .infinity)) {
      try editor.sheet(of: faces, words: ["blond"], thetas: [1, .infinity])
    }
  }
}
