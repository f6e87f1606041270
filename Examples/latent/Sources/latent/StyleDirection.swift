import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

struct StyleDirection: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "direction", abstract: "Changes an image as one text differs from another.",
    discussion: """
      Example: latent style direction --neutral face --target "smiling face" --clip ViT-B-32.pt --alpha 3 --out smile.png
      With several values of α the images stand side by side. The channels that move are those whose relevance to the \
      texts is at least β; their number is printed.
      """)

  @Option(help: "What images show as they are: face.")
  var neutral: String

  @Option(help: "What they are to show: smiling face.")
  var target: String

  @Option(
    parsing: .unconditional, help: "The strengths α, separated by commas; a negative one does the opposite.",
    transform: list)
  var alpha = ["3"]

  @Option(help: "The least relevance β of a channel that moves; chosen by itself if left out.")
  var beta: Float?

  @Option(
    help: "A table of relevances, as --save-table and StyleCLIP (fs3.npy) write it; else they are estimated.",
    transform: fileURL)
  var table: URL?

  @Option(
    help: "Measures the published table, which takes hours for large generators, and writes it.",
    transform: fileURL)
  var saveTable: URL?

  @Option(help: "Images whose channels are looked at.")
  var images = 20

  @Option(help: "Images over which the styles' mean and deviation are taken.")
  var samples = 2000

  @OptionGroup var texts: TextArguments
  @OptionGroup var style: StyleArguments

  func validate() throws {
    try requirePositive(("--images", images), ("--samples", samples))
    if table != nil, saveTable != nil { throw ValidationError("Give one of --table and --save-table.") }
    if alpha.isEmpty { throw ValidationError("--alpha takes at least one number.") }
  }

  func run() async throws {
    let strengths = try alpha.map { try number($0, of: "α") }
    let (subject, generator) = try style.styleSubject()
    // Channels are looked at through CLIP's official pre-processing, in the published program, too.
    let model = try texts.model(.corrected, threads: style.model.threads)
    let change = try model.direction(from: neutral, to: target)
    let terminal = TrainingTerminal()
    let statistics = generator.statistics(samples: samples, seed: 5)
    let relevance: [Float] = try await terminal.interruptible {
      try relevances(to: change, of: generator, model, statistics, terminal)
    }
    let direction = try GlobalDirection(relevance: relevance, statistics, threshold: beta)
    printError("\(direction.channelCount) channels of relevance \(direction.threshold) or more.")
    let codes = strengths.map { subject.start + $0 * direction.direction }
    let images = try codes.map { try subject.image(of: $0) }
    try Image.tiled(images, columns: images.count).write(to: style.out)
    if let url = style.saveCode, let code = codes.last { try code.write(to: url) }
  }

  @Sendable private func relevances(
    to change: Tensor, of generator: any StyleGenerator, _ model: CLIP, _ statistics: StyleStatistics,
    _ terminal: TrainingTerminal
  ) throws -> [Float] {
    if let table {
      return try ChannelRelevance(contentsOf: table, for: generator, model).relevance(to: change)
    }
    let styles = generator.randomCodes(images, seed: 5)
    if let saveTable {
      let table = try ChannelRelevance(
        of: generator, by: model, statistics: statistics, styles: styles, threads: style.model.threads,
        report: terminal.show)
      try table.write(to: saveTable, for: generator)
      return table.relevance(to: change)
    }
    return try RelevanceGradient(
      of: generator, by: model, styles: styles, threads: style.model.threads, report: terminal.show
    ).relevance(to: change)
  }
}
