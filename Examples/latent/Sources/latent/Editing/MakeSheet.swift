import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentTraining

struct MakeSheet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sheet",
    abstract: "Draws a sheet of edits: a row for each word, a column for each θ.",
    discussion: "Without a photo, the mean face is edited, or one that the generator draws of noise.")

  @Argument(help: "PNG, JPEG, WebP or HEIC images; - reads one from the input.", transform: fileURL)
  var photos: [URL] = []

  @Option(help: "The words, separated by commas.", transform: list)
  var words: [String]

  @Option(
    parsing: .unconditional, help: "The values of θ, separated by commas; 0.5, 1 and 2 if left out.",
    transform: listWithin(possibleThetas))
  var theta: [Float] = [0.5, 1, 2]

  @Option(help: "The image to write, .png or .jpg; - for a PNG to the output.", transform: ImageOutput.init)
  var out: ImageOutput

  @Option(help: "Draws a face of noise, and which; the mean face if left out.")
  var seed: UInt64?

  @Option(help: "Word vectors, for words the model does not know.", transform: vectorsURL)
  var vectors: URL?

  @Option(
    help: """
      reconstruct shows what the generator draws; paint and keep show the edits as they get into the photos.
      """)
  var rendering = Rendering.reconstruct

  @OptionGroup var operation: AveragingArguments
  @OptionGroup var crop: CropArguments
  @OptionGroup var model: ModelArguments

  func validate() throws {
    if operation.average, rendering != .reconstruct {
      throw ValidationError("--average shows what the generator draws, by --rendering reconstruct.")
    }
    if seed != nil, !photos.isEmpty {
      throw ValidationError("Give photos, or --seed, by which a face is drawn.")
    }
    if words.isEmpty { throw ValidationError("--words takes at least one word.") }
  }

  func run() throws {
    let editor = try model.editor(vectors: vectors, by: operation)
    for word in words { _ = try editor.projector.direction(for: word) }
    let start =
      try seed.map { editor.generator.randomCodes(1, seed: $0)[0] } ?? editor.projector.meanCode
    // What is generated is encoded again, as photos are.
    let faces =
      photos.isEmpty
      ? try editor.faces(in: editor.generator.generate(start), framed: .whole, rendering: rendering)
      : try photos.flatMap { url in
        let photo = try Image(contentsOf: url)
        let framing = crop.framing(of: photo, for: try editor.encoder)
        return try editor.faces(in: photo, framed: framing, rendering: rendering)
      }
    let sheet = try editor.sheet(
      of: faces, words: words, thetas: theta, showsPhotos: rendering != .reconstruct,
      averages: operation.average)
    try out.write(sheet.image())
  }
}
