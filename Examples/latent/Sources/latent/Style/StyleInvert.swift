import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct StyleInvert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invert", abstract: "Finds the codes of photos, for train-mapper to learn on.",
    discussion: """
      Example: latent style invert photos/*.jpg --generator ffhq.pt --encoder e4e.pt --out codes.safetensors
      Each photo has one code, that of its most probable face. Those without a face and those that cannot be read are \
      told and left out. Nothing is written before all are done: Ctrl-C leaves nothing behind. Where --crop is left out, \
      photos are framed as the encoder's training images were, whatever their size.
      """)

  @Argument(
    help: """
      PNG and JPEG images, and folders of them, with those in their subfolders.
      """, transform: fileURL)
  var photos: [URL]

  @Option(help: "The file of codes to write.", transform: outputURL)
  var out: URL

  @Option(
    help: ArgumentHelp(
      "Fit each code to its photo in so many steps, 200 for example; as the encoder finds them if left out.",
      valueName: "steps"), transform: within(Bounds.refinement))
  var refine: Int?

  @OptionGroup var encoder: EncoderArguments
  @OptionGroup var generator: GeneratorArguments

  func validate() throws {
    if generator.checkpoint != nil, encoder.encoder == nil {
      throw ValidationError("Photos and a StyleGAN2 generator take --encoder, e4e's checkpoint.")
    }
  }

  func run() async throws {
    let photos = try photos.flatMap(images)
    if let stylegan = try generator.styleGAN2() {
      try await invert(photos, by: encoder.editor(of: stylegan, threads: generator.threads))
    } else {
      try await invert(photos, by: encoder.editor(of: generator.model))
    }
  }

  /// The images of a folder, or the file itself.
  private func images(_ url: URL) throws -> [URL] {
    guard isFolder(url) else { return [url] }
    let dataset = try ImageDataset(contentsOf: url)
    if let note = dataset.passedOverNote { printError("\(url.path): \(note)") }
    return dataset.images.map(dataset.url(of:))
  }

  private func invert<Space>(_ photos: [URL], by editor: Editor<Space>) async throws {
    let terminal = TrainingTerminal()
    // Nothing is guessed by the sizes of photos here: they may differ.
    let codes = try await terminal.interruptible { [framing = encoder.crop.framing, refine] in
      try editor.codes(
        ofPhotos: photos, framed: framing, refinementSteps: refine, report: terminal.show,
        leaving: { terminal.note("\($0.path): \($1.localizedDescription)") })
    }
    guard !codes.isEmpty else { throw NoCodes(count: photos.count) }
    try codes.write(to: out)
    print("Codes: \(codes.count). Photos left out: \(photos.count - codes.count).")
  }
}

/// No photo gave a code.
private struct NoCodes: LocalizedError {
  let count: Int

  var errorDescription: String? {
    count == 1 ? "The photo gives no code." : "None of the \(count) photos gives a code."
  }
}
