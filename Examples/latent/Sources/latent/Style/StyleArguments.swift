import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText

/// What is edited, and what generates it.
struct StyleArguments: ParsableArguments {
  @Option(
    help: "A photo to edit: a face in it, or with --crop whole or square the photo.", transform: fileURL)
  var photo: URL?

  @Option(
    help: "Which of several faces to edit, by its number in `latent faces`.",
    transform: within(Bounds.faces))
  var face: Int?

  @Option(help: "A file of the code to edit, as --save-code and e4e write it.", transform: fileURL)
  var code: URL?

  @Option(help: "Edits a random image, and which; the mean image if left out.")
  var seed: UInt64?

  @Option(help: "How near to the mean StyleGAN2's random images are, from 0 to 1.", transform: within(0...1))
  var truncation: Float = 0.7

  @Option(
    help: """
      How an edit gets into the photo: paint paints it, which is the default where the model can; keep adds what changes; \
      reconstruct shows the generated face.
      """)
  var rendering: Rendering?

  @Option(help: "The image to write, .png or .jpg; - for a PNG to the output.", transform: ImageOutput.init)
  var out: ImageOutput

  @Option(help: "A file to write the new code to, to go on from.", transform: outputURL)
  var saveCode: URL?

  @OptionGroup var encoder: EncoderArguments
  @OptionGroup var generator: GeneratorArguments

  func validate() throws {
    if [photo != nil, code != nil, seed != nil].count(where: { $0 }) > 1 {
      throw ValidationError("Give one of --photo, --code and --seed.")
    }
    if generator.checkpoint != nil, photo != nil, encoder.encoder == nil {
      throw ValidationError("A photo and a StyleGAN2 generator take --encoder, e4e's checkpoint.")
    }
    if face != nil, photo == nil { throw ValidationError("--face takes --photo, which the face is in.") }
  }
}

/// What tells how well an image fits a sentence.
struct TextArguments: ParsableArguments {
  @Option(
    help: "CLIP: OpenAI's .pt, or a folder of Hugging Face; a small joint model of faces if left out.",
    transform: fileURL)
  var clip: URL?

  @Option(
    help: "A joint model, as latent train joint writes it; the embedded one if left out.", transform: fileURL)
  var joint: URL?

  @Option(help: "CLIP's list of merges, if it is not beside the model.", transform: fileURL)
  var merges: URL?

  @Flag(help: "Cuts texts that are too long for CLIP instead of refusing them.")
  var truncateText = false

  func validate() throws {
    if clip != nil, joint != nil { throw ValidationError("Give one of --clip and --joint.") }
    if clip == nil, merges != nil || truncateText {
      throw ValidationError("--merges and --truncate-text are CLIP's, and take --clip.")
    }
  }

  /// The joint model; the arguments of a model say which sentence encoder reads texts for one of our own.
  func model(_ fidelity: Fidelity, _ model: ModelArguments) throws -> any ImageTextModel {
    if let clip {
      var model = try CLIP(contentsOf: clip, merges: merges, fidelity: fidelity, threads: model.threads)
      model.truncatesTexts = truncateText
      return model
    }
    return try model.jointModel(joint)
  }
}

/// How far the styles of random images lie apart, which channels are moved by.
struct StatisticsArguments: ParsableArguments {
  @Option(
    help: "The styles' mean and deviation as StyleCLIP publishes them (S_mean_std); measured if left out.",
    transform: fileURL)
  var statistics: URL?

  @Option(
    help: "Random images over which the styles' mean and deviation are measured; 2000 if left out.",
    transform: within(Bounds.samples))
  var samples: Int?

  /// Whether anything was said.
  var isGiven: Bool { statistics != nil || samples != nil }

  func validate() throws {
    if statistics != nil, samples != nil { throw ValidationError("Give one of --statistics and --samples.") }
  }

  func statistics(of generator: any StyleGenerator) throws -> StyleStatistics {
    try statistics.map { try StyleStatistics(contentsOf: $0, for: generator) }
      ?? generator.statistics(samples: samples ?? 2000, seed: 5)
  }
}

/// Whether an edit computes as the published program does.
struct FidelityArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "corrected, or reference: as the published program computes, with its faults.", valueName: "fidelity"))
  var fidelity = Fidelity.corrected
}

/// What keeps an edit from changing who is shown.
struct IdentityArguments: ParsableArguments {
  @Option(
    name: .customLong("identity"),
    help: "A recognizer of faces, IR-SE50's or MobileFaceNet's checkpoint, that keeps who is shown.",
    transform: fileURL)
  var recognizer: URL?

  @Option(
    help: "What a change of the person costs; 0.1 or so for mappers, 0.005 for optimization.",
    transform: within(0...1000))
  var identityWeight: Float?

  /// λ_ID: what was asked for, or else what is usual.
  ///
  /// - Throws: `ValidationError` where it is above zero and there is no recognizer.
  func weight(usually usual: Float) throws -> Float {
    let weight = identityWeight ?? usual
    guard weight == 0 || recognizer != nil else {
      throw ValidationError(
        "Who is shown is weighed by \(weight), which takes --identity, a recognizer of faces; "
          + "--identity-weight 0 does without."
      )
    }
    return weight
  }

  func model(of generator: URL?, threads: Int) throws -> (any IdentityModel)? {
    guard let recognizer else { return nil }
    let isIRSE50 = try TensorFile(contentsOf: recognizer).names.contains {
      $0.hasSuffix("input_layer.0.weight")
    }
    guard isIRSE50 else { return try FaceRecognizer(contentsOf: recognizer, threads: threads) }
    // StyleGAN2's faces are aligned as FFHQ's are; others fill the image.
    return try ArcFace(contentsOf: recognizer, region: generator == nil ? .wholeImage : .alignedPhoto)
  }
}

extension Fidelity: @retroactive ExpressibleByArgument {}
