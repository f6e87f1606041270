import ArgumentParser
import Foundation
import LatentArithmetic
import LatentTraining

struct Compress: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a model in half precision, half as large.",
    discussion: "Training keeps single precision, so that parts added later learn on what was trained.")

  @Argument(help: "A model file.", transform: fileURL)
  var model: URL

  @Option(help: "The model file to write.", transform: outputURL)
  var out: URL

  func run() throws { try Model(contentsOf: model).write(to: out, precision: .half) }
}
