import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentText

/// What generates images.
struct GeneratorArguments: ParsableArguments {
  @Option(
    name: .customLong("generator"),
    help: "A StyleGAN2 checkpoint; the generator of the model if left out.", transform: fileURL)
  var checkpoint: URL?

  @OptionGroup var model: ModelArguments

  var threads: Int { model.threads }

  /// The StyleGAN2 generator that was asked for, if any.
  func styleGAN2() throws -> StyleGAN2Generator<WPlusSpace>? {
    try checkpoint.map { try StyleGAN2Generator(contentsOf: $0, threads: threads) }
  }
}

/// What finds the codes of photos for a generator.
struct EncoderArguments: ParsableArguments {
  @Option(help: "e4e's checkpoint, which finds the codes of photos for StyleGAN2.", transform: fileURL)
  var encoder: URL?

  @OptionGroup var crop: CropArguments

  /// The editor of the model; one that was trained without words edits without.
  func editor(of model: ModelArguments) throws -> Editor<ZSpace> {
    do {
      return try model.editor()
    } catch ModelError.partMissing {
      let opened = try model.opened()
      return Editor(
        generator: try ConvolutionalGenerator(opened, threads: model.threads),
        encoder: try? ConvolutionalEncoder(opened, threads: model.threads),
        detector: try detector(threads: model.threads))
    }
  }

  /// An editor of StyleGAN2, with e4e where it was asked for.
  func editor(of generator: StyleGAN2Generator<WPlusSpace>, threads: Int) throws -> Editor<WPlusSpace> {
    let encoder = try encoder.map { try E4EEncoder(contentsOf: $0, threads: threads) }
    if let encoder { try requireCodes(of: "encoder", size: encoder.latentSize, for: generator) }
    return Editor(generator: generator, encoder: encoder, detector: try detector(threads: threads))
  }

  /// Finds the faces of photos; nil where its networks are not installed, which the editor tells if it needs them.
  private func detector(threads: Int) throws -> FaceDetector? {
    do {
      return try FaceDetector(threads: threads)
    } catch FaceError.modelsMissing {
      return nil
    }
  }
}

/// Refuses a part whose codes have another size than the generator's.
func requireCodes<Space>(of part: String, size: Int, for generator: any Generator<Space>) throws {
  guard size == generator.latentSize else {
    throw OtherGenerator(part: part, size: size, latentSize: generator.latentSize)
  }
}

/// A part that was trained for another generator.
private struct OtherGenerator: LocalizedError {
  let part: String
  let size: Int
  let latentSize: Int

  var errorDescription: String? {
    "The \(part) is of another generator: its codes have \(size, "number"), and the generator's \(latentSize)."
  }
}
