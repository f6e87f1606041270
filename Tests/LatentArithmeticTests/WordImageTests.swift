import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

@Suite struct WordImageTests {
  private static let files = WordFiles(count: 13, dimension: 3, seed: 31, blanks: false)

  /// Looks up whatever a reader of the file would; nothing may trap or go on for ever.
  private func use(_ vectors: WordVectors) {
    for word in Self.files.words + ["absent", ""] {
      if let vector = vectors[word] { #expect(vector.allSatisfy { $0.isFinite }) }
    }
    #expect(vectors.nearest(to: [Float](repeating: 0.5, count: vectors.dimension), count: 5).count <= 5)
    #expect(vectors.suggestions(for: "absnet").count <= 3)
    #expect(vectors.words.reduce(0) { $0 + $1.utf8.count } >= 0)
  }

  @Test(arguments: [WordFiles.Form.own, .word2vecBinary, .word2vecBinaryUnbroken])
  func everyTruncationThrows(form: WordFiles.Form) throws {
    let contents = try Self.files.contents(form)
    // A binary file's last line end may be missing.
    let complete = form == .word2vecBinary ? contents.count - 1 : contents.count
    for count in 0..<complete {
      #expect(throws: WordVectorsError.self, "\(count) bytes") {
        try WordVectors(contents: contents.prefix(count), name: "words")
      }
    }
  }

  @Test(arguments: WordFiles.Form.allCases)
  func noChangedByteCrashes(form: WordFiles.Form) throws {
    let contents = try Self.files.contents(form)
    var read = 0
    for place in contents.indices {
      for change: UInt8 in [0x01, 0x10, 0x40, 0x80, 0xFF] {
        var changed = contents
        changed[place] ^= change
        do {
          use(try WordVectors(contents: changed, name: "words", threads: 1))
          read += 1
        } catch {
        }
      }
    }
    #expect(read > 0)
  }

  // Words and index of random numbers: every place and every entry is wrong, and the search ends all the same.
  @Test func noRandomIndexCrashes() throws {
    let contents = try Self.files.contents(.own)
    for seed in 0..<200 {
      var changed = contents
      let noise = randomFloats(count: contents.count, seed: UInt64(seed))
      for place in 64 + 4 * Self.files.values.count..<contents.count {
        changed[place] = UInt8(truncatingIfNeeded: noise[place].bitPattern >> 3) % (seed % 2 == 0 ? 255 : 14)
      }
      use(try WordVectors(contents: changed, name: "words"))
    }
  }

  @Test func damagedHeaderIsNamed() throws {
    let contents = try Self.files.contents(.own)
    var later = contents
    later[8] = 2
    #expect(
      throws: WordVectorsError.malformedImage(
        name: "words", offset: 8, expected: "version 1", got: "version 2")
    ) { try WordVectors(contents: later, name: "words") }
    #expect(
      throws: WordVectorsError.malformedImage(
        name: "words", offset: contents.count, expected: "\(contents.count) bytes",
        got: "\(contents.count + 1)")
    ) { try WordVectors(contents: contents + Data([0]), name: "words") }
    for start in [16, 24, 32] {
      for value: UInt8 in [0x7F, 0xFF] {
        var huge = contents
        for place in start..<start + 8 { huge[place] = value }
        #expect(throws: WordVectorsError.self) { try WordVectors(contents: huge, name: "words") }
      }
    }
  }

  @Test func notFiniteVectorsCountAsMissing() throws {
    var contents = try Self.files.contents(.own)
    contents.replaceSubrange(64..<68, with: [0, 0, 0xC0, 0x7F])
    let vectors = try WordVectors(contents: contents, name: "words")
    #expect(vectors[Self.files.words[0]] == nil && vectors[Self.files.words[1]] != nil)
    #expect(vectors.nearest(to: [1, 2, 3], count: 99).count == Self.files.words.count - 1)
  }

  @Test func writingReplacesWholly() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("own.words")
      let (old, new) = (WordFiles(count: 9, dimension: 2, seed: 1), Self.files)
      try WordVectors(words: old.words, values: old.values).write(to: url)
      let mapped = try WordVectors(contentsOf: url)
      try WordVectors(words: new.words, values: new.values).write(to: url)
      #expect(Array(mapped.words) == old.words && mapped[old.words[8]] == Array(old.values.suffix(2)))
      #expect(try Array(WordVectors(contentsOf: url).words) == new.words)
      // What is mapped can be written again, and gives the same bytes.
      try WordVectors(contentsOf: url).write(to: folder.appendingPathComponent("copy.words"))
      let files = try ["own.words", "copy.words"].map {
        try Data(contentsOf: folder.appendingPathComponent($0))
      }
      #expect(files[0] == files[1])
    }
  }
}
