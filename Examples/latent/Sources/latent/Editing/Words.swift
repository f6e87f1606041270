import ArgumentParser
import Foundation
import LatentReports
import LatentText
import LatentTraining

struct Words: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws what each word or phrase means to the model, says it, and lists the words nearest to it."
  )

  @Argument(help: "The words, phrases or sentences.")
  var words: [String]

  @Option(
    parsing: .unconditional, help: "How far along each word's direction the image is.",
    transform: within(possibleThetas))
  var theta: Float = 2

  @Option(help: "How many near words to list.", transform: within(0...1000))
  var count = 5

  @Option(help: "The image to write, .png or .jpg; words.png if left out.", transform: ImageOutput.init)
  var out: ImageOutput?

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors, for words the model does not know.", transform: vectorsURL)
  var vectors: URL?

  @OptionGroup var model: ModelArguments

  func run() throws {
    let editor = try model.editor(vectors: vectors)
    let near = try words.map { try editor.projector.nearest(to: $0, count: count) }
    try (out ?? ImageOutput("words.png")).write(editor.sheet(ofWords: words, theta: theta).image())
    for (word, neighbors) in zip(words, near) {
      let list = neighbors.map { "\($0.word) \(String(format: "%.2f", $0.cosine))" }
      if let reading = try editor.projector.reading(of: word) { print("\(word) means \(reading.sentence)") }
      print("\(word): \(list.joined(separator: ", "))")
    }
  }
}

extension TextReading {
  /// Asks for what may have been meant, behind a sentence: “ Did you mean “smiling”?”; empty where nothing else was.
  var question: String {
    suggestions.isEmpty
      ? "" : " Did you mean " + suggestions.map { "“\($0)”" }.joined(separator: " or ") + "?"
  }

  /// θ of what the text is about, the largest first: “male -1.00, smiling 0.98”.
  var named: String {
    thetas.sorted { (abs($0.value), $1.key) > (abs($1.value), $0.key) }
      .map { "\($0.key) \(String(format: "%.2f", $0.value))" }.joined(separator: ", ")
  }

  /// What the text means, for people: “eyeglasses 1.00, sure by 0.98”.
  var sentence: String {
    let meant = namesSomething && !thetas.isEmpty ? named : "nothing on a face that the model knows"
    return "\(meant), sure by \(String(format: "%.2f", certainty))"
      + (suggestions.isEmpty ? "" : "." + question)
  }
}
