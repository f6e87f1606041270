import ArgumentParser
import Foundation
import LatentArithmetic

struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Draws random faces.")

  @Argument(help: "How many, at most 1024.", transform: within(1...1024))
  var count: Int

  @Option(help: "Which ones.")
  var seed: UInt64 = 1

  @Option(help: "The image to write, .png or .jpg; sample.png if left out.", transform: ImageOutput.init)
  var out: ImageOutput?

  @OptionGroup var model: ModelArguments

  func run() throws {
    let out = try out ?? ImageOutput("sample.png")
    let generator = try ConvolutionalGenerator(model.opened(), threads: model.threads)
    let images = generator.generate(generator.randomCodes(count, seed: seed))
    try out.write(Image.tiled(images, columns: Int(Double(count).squareRoot().rounded(.up))))
  }
}
