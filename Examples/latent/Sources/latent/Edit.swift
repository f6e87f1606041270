import ArgumentParser
import Foundation
import LatentArithmetic

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds words to the face of a photo.",
    discussion: "Example: latent edit me.jpg --add smiling --add eyeglasses=-1 --out edited.png")

  @Argument(help: "A PNG or JPEG picture.", transform: fileURL)
  var photo: URL

  @Option(
    help: "A word, with θ if it is not 1; a negative θ takes the word away.",
    transform: WordChange.init)
  var add: [WordChange] = []

  @Option(help: "The picture to write, .png or .jpg.", transform: fileURL)
  var out: URL

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors, for words the model does not know.", transform: fileURL)
  var vectors: URL?

  @OptionGroup var model: ModelArguments

  func run() throws {
    let words = try add.map { ($0.word, try $0.theta()) }
    try model.editor(vectors: vectors)
      .edit(Image(contentsOf: photo), adding: Dictionary(words) { $0 + $1 })
      .write(to: out)
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
func number(_ text: some StringProtocol) throws -> Float {
  guard let number = Float(text), number.isFinite else { throw NotANumber(text: String(text)) }
  return number
}

/// A θ that is no number.
struct NotANumber: LocalizedError {
  let text: String

  var errorDescription: String? { "θ must be a number, and “\(text)” is none." }
}
