import ArgumentParser
import Foundation
import LatentArithmetic

struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Draws random faces.")

  @Argument(help: "How many.")
  var count: Int

  @Option(help: "Which ones.")
  var seed: UInt64 = 1

  @Option(help: "The image to write, .png or .jpg.", transform: fileURL)
  var out = fileURL("sample.png")

  @OptionGroup var model: ModelArguments

  func validate() throws {
    guard (1...1024).contains(count) else {
      throw ValidationError("From 1 to 1024 faces can be drawn, not \(count).")
    }
  }

  func run() throws {
    let generator = try ConvolutionalGenerator(model.opened(), threads: model.threads)
    let images = generator.generate(generator.randomCodes(count, seed: seed))
    try Image.tiled(images, columns: Int(Double(count).squareRoot().rounded(.up))).write(to: out)
  }
}
