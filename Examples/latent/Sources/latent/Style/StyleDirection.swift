import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentText
import LatentTraining

struct StyleDirection: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "direction", abstract: "Changes an image as one text differs from another.",
    discussion: """
      Example: latent style direction --neutral face --target "smiling face" --photo me.jpg --out smile.png
      With several values of α the images stand side by side. In a painted photo the directions move that the painter can \
      paint; elsewhere, or with --images, --statistics or a table, the channels of the generator. Those move whose relevance to the texts is \
      at least β; their number is printed. A painter's directions are measured on the photo. Relevances of channels are \
      estimated by gradients unless --table or --save-table asks for StyleCLIP's, measured by two images for each channel and \
      code. On the face model, of the channels that a table over 100 images chooses, the estimate finds 58 % over 20 images, \
      79 % over 100.
      """)

  @Option(help: "What images show as they are: face.")
  var neutral: String

  @Option(help: "What they are to show: smiling face.")
  var target: String

  @Option(
    parsing: .unconditional,
    help: """
      The strengths α, separated by commas; a negative one does the opposite. If left out 3, and 1 of a painter's directions.
      """,
    transform: listWithin(possibleSteps))
  var alpha: [Float] = []

  @Option(
    help: "The least relevance β of what moves, from 0 to 1; chosen by itself if left out.",
    transform: within(0...1))
  var beta: Float?

  @Option(
    help: "A β chosen by itself leaves more than so many channels: 20 suit faces, 100 other images.",
    transform: within(Bounds.samples))
  var channels = 20

  @Option(
    help: "A table of relevances, as --save-table and StyleCLIP (fs3.npy) write it.",
    transform: fileURL)
  var table: URL?

  @Option(
    help: "Measures such a table, which takes hours for large generators, and writes it.",
    transform: outputURL)
  var saveTable: URL?

  @Option(
    help: "Images whose channels are looked at; 100 for a table, 20 for an estimate if left out.",
    transform: within(Bounds.samples))
  var images: Int?

  @OptionGroup var spread: StatisticsArguments
  @OptionGroup var texts: TextArguments
  @OptionGroup var published: FidelityArguments
  @OptionGroup var style: StyleArguments

  func validate() throws {
    if table != nil, saveTable != nil { throw ValidationError("Give one of --table and --save-table.") }
    if published.fidelity == .reference, saveTable == nil {
      throw ValidationError("--fidelity tells how a table is measured, and takes --save-table.")
    }
  }

  func run() async throws {
    // Channels are looked at through CLIP's official pre-processing, in the published program, too.
    let model = try texts.model(.corrected, style.generator.model)
    let change = try model.direction(from: neutral, to: target)
    let terminal = TrainingTerminal()
    let asksForChannels =
      table != nil || saveTable != nil || images != nil || spread.statistics != nil
    if style.generator.checkpoint == nil, !asksForChannels {
      let face = try style.noiseFace()
      if face.isPainted {
        let relevance = try await terminal.interruptible { [self] in
          try DirectionRelevance(
            of: [face], model: model, threads: style.generator.threads, report: terminal.show)
        }
        let direction = try GlobalDirection(toward: change, by: relevance, threshold: beta)
        return try write(face, direction, of: "direction", alpha: [1])
      }
    }
    let (face, generator) = try style.styleFace()
    let statistics = try spread.statistics(of: generator)
    let relevance: [Float] = try await terminal.interruptible {
      try relevances(to: change, of: generator, model, statistics, terminal)
    }
    let direction = try GlobalDirection(
      relevance: relevance, statistics: statistics, threshold: beta, leaving: channels)
    try write(face, direction, of: "channel", alpha: [3])
  }

  /// Writes the images, side by side, and the last one's code.
  private func write<Space>(
    _ face: EditedFace<Space>, _ direction: GlobalDirection<Space>, of noun: String, alpha usual: [Float]
  ) throws {
    printError("\(direction.channelCount, noun) of relevance \(direction.threshold) or more.")
    let codes = (alpha.isEmpty ? usual : alpha).map { face.code + $0 * direction.direction }
    let images = try codes.map { try face.rendered(as: $0) }
    try style.out.write(Image.tiled(images, columns: images.count))
    if let url = style.saveCode, let code = codes.last { try code.write(to: url) }
  }

  @Sendable private func relevances(
    to change: Tensor, of generator: any StyleGenerator, _ model: any ImageTextModel,
    _ statistics: StyleStatistics,
    _ terminal: TrainingTerminal
  ) throws -> [Float] {
    if let table {
      return try ChannelRelevance(contentsOf: table, for: generator, model: model).relevance(to: change)
    }
    if let saveTable {
      let table = try ChannelRelevance(
        of: generator, model: model, statistics: statistics,
        styles: images.map { generator.randomCodes($0, seed: 5) }, fidelity: published.fidelity,
        report: terminal.show)
      try table.write(to: saveTable, for: generator)
      return table.relevance(to: change)
    }
    let images = images ?? 20
    printError(
      "Relevances are estimated by gradients over \(images, "image"); --save-table measures them."
    )
    return try RelevanceEstimate(
      of: generator, model: model, styles: generator.randomCodes(images, seed: 5),
      threads: style.generator.threads, report: terminal.show
    ).relevance(to: change)
  }
}
