import ArgumentParser
import Foundation
import LatentArithmetic

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

  @Option(help: "The file to write.", transform: fileURL)
  var out: URL

  @Option(help: "The most threads to use.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws { try requirePositive(("--threads", threads)) }

  func run() throws {
    let vectors = try WordVectors(contentsOf: vectors, threads: threads)
    try vectors.write(to: out)
    print("\(vectors.words.count) words of \(vectors.dimension) values")
  }
}
