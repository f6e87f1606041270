import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

extension Benchmark {
  /// How fast word vectors are at hand.
  static let wordFiles = [
    Benchmark("word cache 400000x100") { _ in try WordCache(words: 400_000, dimension: 100) }
  ]
}

/// Opens a file of word vectors in the library's own form, and looks ten words up.
private struct WordCache: Workload {
  private let folder: TemporaryFolder
  private let file: URL
  private let words: [String]

  init(words count: Int, dimension: Int) throws {
    var stream = RandomStream(input: "words")
    let names = (0..<count).map { "word\($0)" }
    folder = try TemporaryFolder()
    file = folder.file("vectors.words")
    try WordVectors(words: names, values: stream.normal(shape: [count, dimension]).elements).write(to: file)
    words = (0..<10).map { _ in names[Int(stream.next() % UInt64(count))] }
  }

  func iterate() throws -> Tensor {
    let vectors = try WordVectors(contentsOf: file)
    let found = try words.map { try vectors.vector(for: $0) }
    return Tensor(shape: [found.count, vectors.dimension], elements: found.flatMap { $0 })
  }
}
