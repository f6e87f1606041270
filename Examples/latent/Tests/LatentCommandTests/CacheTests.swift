import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import Testing

@Suite struct CacheTests {
  // Vectors and words are those of the text that the file was made of.
  @Test func cacheHoldsWhatTheTextDoes() throws {
    try withTemporaryFolder { folder in
      let text = folder.appendingPathComponent("text.txt")
      try Data("smiling 0.25 -1\nmale 3 0.5\n".utf8).write(to: text)
      let result = try Command.run(["cache", text.path, "--out", "own.words"], in: folder)
      #expect(result.status == 0 && result.output == "2 words of 2 values\n")
      let vectors = try WordVectors(contentsOf: folder.appendingPathComponent("own.words"))
      #expect(Array(vectors.words) == ["smiling", "male"])
      #expect(vectors["smiling"] == [0.25, -1] && vectors["male"] == [3, 0.5])
    }
  }
}
