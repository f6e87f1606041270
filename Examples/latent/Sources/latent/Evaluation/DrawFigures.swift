import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports
import LatentTraining

struct DrawFigures: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figures",
    abstract: "Draws the figures of the paper with a model, on photos that its training did not see.",
    discussion: "Example: latent figures --data celeba --words glove.txt --out figures")

  @Option(
    help: "Labeled photos, with attributes.csv or in the layout of CelebA, some of them for validation.",
    transform: fileURL)
  var data: URL

  @Option(
    name: [.customLong("words"), .customLong("vectors")],
    help: "The word vectors that the model was trained with.", transform: vectorsURL)
  var vectors: URL

  @Option(
    help: "A model whose projector was trained by --method averaging --raw, for figure 4.", transform: fileURL
  )
  var averaging: URL?

  @Option(help: "The folder of the PNG files; files of an earlier run are replaced.", transform: fileURL)
  var out: URL

  @OptionGroup var model: ModelArguments

  func run() async throws {
    let terminal = TrainingTerminal()
    try await terminal.interruptible { [self] in try draw(report: terminal.show) }
  }

  private func draw(report: @escaping (StepProgress) -> Void) throws {
    var figures = try Figures(
      by: model.opened(), averaging: averaging.map { try Model(contentsOf: $0) },
      of: ImageDataset(contentsOf: data), vectors: WordVectors(contentsOf: vectors, threads: model.threads),
      threads: model.threads)
    figures.progress = report
    do {
      try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    } catch {
      throw FileError.writeFailed(path: out.path, reason: "the folder cannot be made")
    }
    let missing = figures.missingWords
    if !missing.isEmpty {
      printError("No direction is known for \(missing.joined(separator: ", ")); figures go without.")
    }
    for figure in Figures.Name.allCases {
      guard let sheet = try figures.sheet(of: figure) else {
        printError("\(figure.rawValue).png is left out: \(reason(figure)).")
        continue
      }
      try sheet.image(cell: figure.cell).write(to: out.appendingPathComponent(figure.rawValue + ".png"))
    }
  }

  private func reason(_ figure: Figures.Name) -> String {
    figure == .averages && averaging == nil
      ? "it takes a model whose projector was trained by averaging and left raw, --averaging"
      : "its words are unknown"
  }
}
