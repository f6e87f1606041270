import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentText
import LatentTraining

struct Edit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds words to the faces of a photo, or moves them along directions.",
    discussion: "Example: latent edit me.jpg --add smiling --add eyeglasses=-1 --out edited.png")

  @Argument(help: "A PNG, JPEG, WebP or HEIC image; - reads it from the input.", transform: fileURL)
  var photo: URL

  @Option(
    help: """
      A word, a phrase or a sentence, with θ if it is not 1: eyeglasses, eyeglasses=0.5 or "a smile and no beard". A \
      negative θ takes the word away. Beyond -1.5 … 1.5 much else may change, too; θ is from -100 to 100. May be given \
      several times.
      """,
    transform: WordChange.init)
  var add: [WordChange] = []

  @Option(help: DirectionChange.help, transform: DirectionChange.init)
  var direction: [DirectionChange] = []

  @Option(
    help: """
      A word whose meaning those added are not to change, male or young, say; may be given several times.
      """)
  var keeping: [String] = []

  @Option(help: "The image to write, .png or .jpg; - for a PNG to the output.", transform: ImageOutput.init)
  var out: ImageOutput

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors, for words the model does not know.", transform: vectorsURL)
  var vectors: URL?

  @Option(
    help: "Which face to edit, by its number in `latent faces`; all of them if left out.",
    transform: within(Bounds.faces))
  var face: Int?

  @Option(
    help: """
      paint paints the edit, which is the default where the model can; keep adds what the generator's image \
      changes; reconstruct shows that image.
      """)
  var rendering: Rendering?

  @Option(
    help: ArgumentHelp(
      "Fit the generated image of each face to the photo in so many steps, 200 for example, before it is edited.",
      valueName: "steps"), transform: within(Bounds.refinement))
  var refine: Int?

  @OptionGroup var operation: AveragingArguments
  @OptionGroup var crop: CropArguments
  @OptionGroup var model: ModelArguments

  func validate() throws {
    if add.isEmpty, direction.isEmpty, rendering != .reconstruct {
      throw ValidationError(
        "Nothing was asked for: give --add or --direction; only --rendering reconstruct goes without.")
    }
    if operation.average, !direction.isEmpty {
      throw ValidationError("--average takes words, and no --direction.")
    }
  }

  func run() async throws {
    let words = Dictionary(add.map { ($0.word, $0.theta) }) { $0 + $1 }
    let editor = try model.editor(vectors: vectors, by: operation)
    // Words first: a misspelt one is found before any work is done.
    let steps = try self.direction.map { try $0.direction(size: editor.generator.latentSize) }
    let named =
      words.isEmpty && !steps.isEmpty ? [] : [try editor.projector.direction(of: words, keeping: keeping)]
    let all = named + steps
    let direction = all.dropFirst().reduce(all[0], +)
    let reliable = EditedFace<ZSpace>.reliableThetas
    for (word, theta) in words.sorted(by: { $0.key < $1.key }) where !reliable.contains(theta) {
      printError(
        "\(word)=\(plain(theta)) goes beyond ±\(plain(reliable.upperBound)): much else may change, too.")
    }
    for word in words.keys.sorted() {
      guard let reading = try editor.projector.reading(of: word) else { continue }
      if !reading.namesSomething {
        printError("“\(word)” names nothing on a face that the model knows.\(reading.question)")
      } else if !reading.suggestions.isEmpty {
        printError("“\(word)” is read as \(reading.named).\(reading.question)")
      }
    }
    let (name, photo) = (photo.lastPathComponent, try Image(contentsOf: photo))
    let losses = photo.losses(writingTo: out.url)
    if !losses.isEmpty { printError("Not kept of “\(name)”: \(losses.joined(separator: ", ")).") }
    let frames = try frames(in: photo, editor)
    let terminal = TrainingTerminal()
    let edited = try await terminal.interruptible {
      [rendering, refine, keeping, averages = operation.average] in
      try editor.faces(
        in: photo, framed: .frames(frames), rendering: rendering,
        refinement: refine.map { Refinement(steps: $0) }, report: terminal.show
      )
      .reduce(photo) { image, face in
        averages
          ? try face.rendered(
            as: editor.average(of: face.code, with: words, keeping: keeping), into: image)
          : try face.rendered(along: direction, into: image)
      }
    }
    try out.write(edited)
  }

  /// Where the face of the number asked for is, or where all are.
  private func frames(in photo: Image, _ editor: Editor<ZSpace>) throws -> [FaceFrame] {
    let frames = try editor.frames(in: photo, framed: crop.framing(of: photo, for: try editor.encoder))
    guard let face else { return frames }
    return [try numbered(face, of: frames)]
  }
}

/// WORD or WORD=θ as typed.
struct WordChange {
  let word: String
  let theta: Float

  @Sendable init(_ argument: String) throws {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    word = String(parts[0])
    theta = try parts.count > 1 ? within(possibleThetas)(String(parts[1])) : 1
  }
}

extension Rendering: @retroactive ExpressibleByArgument {}
