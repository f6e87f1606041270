import ArgumentParser
import Foundation
import LatentArithmetic
import LatentReports

struct Cache: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes word vectors in a form that opens at once.",
    discussion: "Every command that takes word vectors takes this form too. Example: "
      + "latent cache glove.6B.50d.txt --out glove.words")

  @Argument(
    help:
      "Word vectors: GloVe, word2vec (text or binary) or fastText (.vec), as they are or gzip-compressed.",
    transform: fileURL)
  var vectors: URL

  @Option(help: "The file to write.", transform: outputURL)
  var out: URL

  @Option(help: "The most threads to use.", transform: within(Bounds.threads))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func run() throws {
    let vectors = try WordVectors(contentsOf: vectors, threads: threads)
    try vectors.write(to: out)
    print("\(vectors.words.count, "word") of \(vectors.dimension, "value")")
  }
}
