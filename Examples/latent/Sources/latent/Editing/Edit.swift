import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentText
import LatentTraining

struct Edit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds words to the faces of a photo.",
    discussion: "Example: latent edit me.jpg --add smiling --add eyeglasses=-1 --out edited.png")

  @Argument(help: "A PNG or JPEG image.", transform: fileURL)
  var photo: URL

  @Option(
    help: """
      A word, a phrase or a sentence, with θ if it is not 1: eyeglasses, eyeglasses=0.5 or "a smile and no beard". A negative θ takes the word away. Beyond -1.5 … 1.5 much \
      else may change, too.
      """,
    transform: WordChange.init)
  var add: [WordChange] = []

  @Option(help: DirectionChange.help, transform: DirectionChange.init)
  var direction: [DirectionChange] = []

  @Option(help: "A word whose meaning is not to change, male or young, say; may be given several times.")
  var keeping: [String] = []

  @Option(help: "The image to write, .png or .jpg.", transform: fileURL)
  var out: URL

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors, for words the model does not know.", transform: fileURL)
  var vectors: URL?

  @Option(help: "Which face to edit, by its number in `latent faces`; all of them if left out.")
  var face: Int?

  @Option(
    help: """
      paint paints the edit, which is the default where the model can; keep adds what the generator's image \
      changes; reconstruct shows that image.
      """)
  var rendering: Rendering?

  @Option(
    help: ArgumentHelp(
      "Fit the drawing of each face to the photo in so many steps, 200 for example, before it is edited.",
      valueName: "steps"))
  var refine: Int?

  @OptionGroup var operation: AveragingArguments
  @OptionGroup var crop: CropArguments
  @OptionGroup var model: ModelArguments

  func validate() throws { try requirePositive(("--refine", refine)) }

  func run() async throws {
    if operation.average, !direction.isEmpty {
      throw ValidationError("--average takes words, and no --direction.")
    }
    let words = Dictionary(try add.map { ($0.word, try $0.theta()) }) { $0 + $1 }
    let editor = try model.editor(vectors: vectors, by: operation)
    // Words first: a misspelt one is found before any work is done.
    let steps = try self.direction.map { try $0.direction(size: editor.generator.latentSize) }
    let named =
      words.isEmpty && !steps.isEmpty ? [] : [try editor.projector.direction(of: words, keeping: keeping)]
    let all = named + steps
    let direction = all.dropFirst().reduce(all[0], +)
    let reliable = EditedFace<ZSpace>.reliableThetas
    for (word, theta) in words.sorted(by: { $0.key < $1.key }) where !reliable.contains(theta) {
      printError("\(word)=\(theta) goes beyond ±\(reliable.upperBound): much else may change, too.")
    }
    for word in words.keys.sorted() {
      if let reading = try editor.projector.reading(of: word), !reading.namesSomething {
        printError("“\(word)” names nothing on a face that the model knows\(reading.similar).")
      }
    }
    let photo = try Image(contentsOf: photo)
    let frames = try frames(in: photo, editor)
    let terminal = TrainingTerminal()
    try await terminal.interruptible { [rendering, refine, keeping, averages = operation.average] in
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
    .write(to: out)
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
  private let typedTheta: Substring?

  init(_ argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    word = String(parts[0])
    typedTheta = parts.count > 1 ? parts[1] : nil
  }

  func theta() throws -> Float { try typedTheta.map { try number($0) } ?? 1 }
}

/// The number that a text spells.
func number(_ text: some StringProtocol, of name: String = "θ") throws -> Float {
  guard let number = Float(text), number.isFinite else { throw NotANumber(name: name, text: String(text)) }
  return number
}

/// A θ, or another number, that is none.
struct NotANumber: LocalizedError {
  let name: String
  let text: String

  var errorDescription: String? { "\(name) must be a number, and “\(text)” is none." }
}

extension Rendering: @retroactive ExpressibleByArgument {}
