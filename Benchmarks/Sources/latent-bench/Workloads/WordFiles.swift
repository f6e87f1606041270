import Foundation
import LatentArithmetic

extension Benchmark {
  /// How fast word vectors are at hand.
  static let wordFiles = [
    Benchmark("word cache 400000x100") { _ in try WordCache(words: 400_000, dimension: 100) }
  ]
}

/// Opens a file of word vectors in the library's own form, and looks ten words up.
private struct WordCache: Workload {
  private let folder: TemporaryFolder
  private let words: [String]

  init(words count: Int, dimension: Int) throws {
    var stream = RandomStream(input: "words")
    let names = (0..<count).map { "word\($0)" }
    folder = try TemporaryFolder()
    try WordVectors(words: names, values: stream.normal(shape: [count, dimension]).elements).write(
      to: folder.file)
    words = (0..<10).map { _ in names[Int(stream.next() % UInt64(count))] }
  }

  func iterate() throws -> Tensor {
    let vectors = try WordVectors(contentsOf: folder.file)
    let found = try words.map { try vectors.vector(for: $0) }
    return Tensor(shape: [found.count, vectors.dimension], elements: found.flatMap { $0 })
  }
}

/// A folder that is removed with the last reference to it.
private final class TemporaryFolder: Sendable {
  private let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  var file: URL { url.appendingPathComponent("vectors.words") }

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
