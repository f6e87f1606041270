import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a file holds.",
    discussion: """
      Reads models and other safetensors, also in parts, PyTorch checkpoints, NumPy's arrays and archives, word vectors \
      in any form, lists of attributes, and photos, whatever they are called. Nothing that a file contains is run.
      """)

  @Argument(help: "The file; of a data set, its folder.", transform: fileURL)
  var file: URL

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    let summary = try FileSummary(contentsOf: file)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(summary), as: UTF8.self))
    } else {
      print(summary)
    }
  }
}
