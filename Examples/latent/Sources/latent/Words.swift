import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct Words: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws what each word means to the model, and lists the words nearest to it.")

  @Argument(help: "The words.")
  var words: [String]

  @Option(parsing: .unconditional, help: "How far along each word's direction the image is.")
  var theta = "2"

  @Option(help: "How many near words to list.")
  var count = 5

  @Option(help: "The image to write, .png or .jpg.", transform: fileURL)
  var out = fileURL("words.png")

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "Word vectors, for words the model does not know.", transform: fileURL)
  var vectors: URL?

  @OptionGroup var model: ModelArguments

  func validate() throws {
    guard (0...1000).contains(count) else {
      throw ValidationError("--count takes a number from 0 to 1000, not \(count).")
    }
  }

  func run() throws {
    let editor = try model.editor(vectors: vectors)
    let near = try words.map { try editor.projector.nearest(to: $0, count: count) }
    try editor.sheet(ofWords: words, theta: number(theta)).image().write(to: out)
    for (word, neighbors) in zip(words, near) {
      let list = neighbors.map { "\($0.word) \(String(format: "%.2f", $0.cosine))" }
      print("\(word): \(list.joined(separator: ", "))")
    }
  }
}
