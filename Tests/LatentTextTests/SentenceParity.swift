import Foundation
import LatentText
import TestSupport
import Testing

/// all-MiniLM-L6-v2, where it is: in the development data, or as `make models` fetches it.
private enum MiniLM {
  static let encoder: SentenceEncoder? = {
    if let folder = try? Shared.url("models/all-MiniLM-L6-v2") {
      return try? SentenceEncoder(contentsOf: folder, threads: 2)
    }
    return try? SentenceEncoder.installed(threads: 2)
  }()
}

/// What sentence-transformers makes of it.
@Suite(
  .enabled(if: Shared.isAvailable, "the development data folder is not here"),
  .enabled(if: MiniLM.encoder != nil, "all-MiniLM-L6-v2 is not here"))
struct SentenceParity {
  struct Line: Decodable {
    let text: String
    let tokens: [Int]
  }

  static let lines = Result {
    try JSONDecoder().decode(
      [Line].self, from: Data(contentsOf: Shared.url("golden/minilm-texts.json")))
  }

  @Test func tokensAreIdentical() throws {
    let encoder = try #require(MiniLM.encoder)
    let lines = try Self.lines.get()
    #expect(lines.count == 24 && encoder.tokenLimit == 256)
    for line in lines { #expect(encoder.tokens(of: line.text) == line.tokens, "\(line.text)") }
  }

  @Test func featuresAgree() throws {
    let encoder = try #require(MiniLM.encoder)
    let expected = try #require(
      NumPyArchive.arrays(contentsOf: Shared.url("golden/minilm-l6.npz"))["feature"])
    let lines = try Self.lines.get()
    let features = encoder.features(ofTexts: lines.map(\.text))
    #expect(features.shape == expected.shape && features.shape == [24, 384])
    var worst = 0.0
    for row in 0..<lines.count {
      let error = relativeError(
        features.row(row), Array(expected.values[row * 384..<(row + 1) * 384]))
      #expect(error <= 1e-5, "\(lines[row].text)")
      worst = max(worst, error)
    }
    print("all-MiniLM-L6-v2: features within \(worst)")
  }
}
