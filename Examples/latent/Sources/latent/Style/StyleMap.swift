import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct StyleMap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Changes an image by a trained latent mapper.",
    discussion: """
      Example: latent style map --mapper afro.pt --generator stylegan2-ffhq.pt --encoder e4e.pt --photo me.jpg --out afro.png
      Mappers are those of StyleCLIP and those that latent style train-mapper wrote.
      """)

  @Option(help: "The mapper.", transform: fileURL)
  var mapper: URL

  @Option(
    parsing: .unconditional, help: "How far, 1 being as far as it was trained to; from -1000 to 1000.",
    transform: within(possibleSteps))
  var strength: Float = 1

  @OptionGroup var style: StyleArguments

  func run() throws {
    if let generator = try style.generator.styleGAN2() {
      try write(style.layeredFace(of: generator), mappedBy: opened(styleCount: generator.styleCount))
    } else {
      try write(
        style.noiseFace(), mappedBy: LatentMapper(contentsOf: mapper, threads: style.generator.threads))
    }
  }

  private func opened(styleCount: Int) throws -> LatentMapper<WPlusSpace> {
    // Ours say what they are.
    let isOurs = try TensorFile(contentsOf: mapper).metadata["format"]?.hasPrefix("LatentArithmetic") ?? false
    return isOurs
      ? try LatentMapper(contentsOf: mapper, threads: style.generator.threads)
      : try LatentMapper(styleCLIP: mapper, styleCount: styleCount, threads: style.generator.threads)
  }

  private func write<Space>(_ face: EditedFace<Space>, mappedBy mapper: LatentMapper<Space>) throws {
    try requireCodes(of: "mapper", size: mapper.latentSize, for: face.generator)
    let code = face.code + strength * mapper.direction(for: face.code)
    try style.out.write(face.rendered(as: code))
    if let url = style.saveCode { try code.write(to: url) }
  }
}
