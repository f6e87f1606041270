import Foundation
import LatentArithmetic
import TestSupport

/// Words with random vectors, and the files that other programs would write of them.
struct WordFiles {
  enum Form: CaseIterable {
    case glove, carriageReturns, word2vecText, fastText, word2vecBinary, word2vecBinaryUnbroken, own
  }

  let words: [String]
  let values: [Float]
  var dimension: Int { values.count / words.count }

  /// Words of letters, digits and other scripts, some with blanks inside, and normal vectors of very different lengths.
  init(count: Int, dimension: Int, seed: UInt64, blanks: Bool = true) {
    let parts = ["a", "Ä", "7", "жук", "-", "犬", ".", "é", "x", "🙂", "#", "q"]
    let picks = randomFloats(count: 4 * count, seed: seed).map { Int(abs($0) * 1000) % parts.count }
    words = (0..<count).map { index in
      let letters = picks[4 * index..<4 * index + 4].map { parts[$0] }
      return letters.joined(separator: blanks && index % 5 == 3 ? " " : "") + "w\(index)"
    }
    let scales = randomFloats(count: count * dimension, seed: seed + 1)
    values = zip(randomFloats(count: count * dimension, seed: seed + 2), scales).map { $0 * exp(6 * $1) }
  }

  func contents(_ form: Form) throws -> Data {
    switch form {
    case .glove: return text("", "\n")
    case .carriageReturns: return text("", "\r\n")
    case .word2vecText: return text(header, "\n")
    case .fastText: return text(header, " \n")
    case .word2vecBinary: return binary("\n")
    case .word2vecBinaryUnbroken: return binary("")
    case .own:
      return try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("own.words")
        try WordVectors(words: words, values: values).write(to: url)
        return try Data(contentsOf: url)
      }
    }
  }

  private var header: String { "\(words.count) \(dimension)\n" }

  private func row(_ index: Int) -> ArraySlice<Float> {
    values[index * dimension..<(index + 1) * dimension]
  }

  private func text(_ header: String, _ end: String) -> Data {
    let lines = words.indices.map { index in
      words[index] + row(index).map { " \($0)" }.joined() + end
    }
    return Data((header + lines.joined()).utf8)
  }

  private func binary(_ end: String) -> Data {
    words.indices.reduce(into: Data(header.utf8)) { data, index in
      data.append(contentsOf: Data((words[index].replacingOccurrences(of: " ", with: "_") + " ").utf8))
      for value in row(index) {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
      }
      data.append(contentsOf: Data(end.utf8))
    }
  }
}
