import ArgumentParser
import Foundation
import LatentArithmetic
import LatentText

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a model of a generator from elsewhere: PyTorch's DCGAN example.",
    discussion: """
      Example: latent import netG.pth --out faces.safetensors
      latent train encoder and latent train projector add what edits need.
      """)

  @Argument(help: "A checkpoint of the generator.", transform: fileURL)
  var checkpoint: URL

  @Option(help: "How its training images were cut out: square, or \(FaceAlignment.names).")
  var alignment = FaceAlignment.celeba.rawValue

  @Option(help: "The model file to write.", transform: outputURL)
  var out: URL

  private var framing: Framing? {
    alignment == "square" ? .centerSquare : FaceAlignment(rawValue: alignment).map { .detected(by: $0) }
  }

  func validate() throws {
    if framing == nil { throw ValidationError("--alignment takes square, or \(FaceAlignment.names).") }
  }

  func run() throws {
    guard let framing else { return }
    try Model(pyTorchDCGAN: checkpoint, framing: framing).write(to: out, precision: .single)
    printError("Wrote \(out.path).")
  }
}
