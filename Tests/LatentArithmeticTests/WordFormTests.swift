import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

@Suite struct WordFormTests {
  private func read(
    _ contents: Data, limits: WordVectors.Limits = .init(), threads: Int = 2
  ) throws -> WordVectors {
    try WordVectors(contents: contents, name: "words", limits: limits, threads: threads)
  }

  // read(write(x)) = x, bit for bit, in every form, compressed or not, on any number of threads; the library's own form
  // is read where it lies.
  @Test(arguments: WordFiles.Form.allCases, [1, 2, 3, 7, 50])
  func everyFormIsReadBack(form: WordFiles.Form, dimension: Int) throws {
    for count in [1, 2, 3, 40] {
      let isBinary = form == .word2vecBinary || form == .word2vecBinaryUnbroken
      let files = WordFiles(
        count: count, dimension: dimension, seed: UInt64(100 * dimension + count), blanks: !isBinary)
      let contents = try files.contents(form)
      let compressed = form == .own ? contents : gzipped(contents)
      for (file, threads) in [(contents, 1), (contents, 3), (compressed, 2)] {
        let vectors = try read(file, threads: threads)
        #expect(Array(vectors.words) == files.words)
        #expect(vectors.matrix.elements.map(\.bitPattern) == files.values.map(\.bitPattern))
        for (index, word) in files.words.enumerated() {
          let row = files.values[index * dimension..<(index + 1) * dimension]
          #expect(vectors[word]?.map(\.bitPattern) == row.map(\.bitPattern))
        }
        #expect(vectors["absent"] == nil && vectors[""] == nil)
      }
    }
  }

  // More than one window of the reader; the digits of a number may lie in two of them.
  @Test func largeFilesAreReadBack() throws {
    let (count, dimension) = (44_000, 100)
    let numbers = randomFloats(count: 1009, seed: 5).map { String(format: "%.5f", $0) }
    var text = Data()
    for index in 0..<count {
      let row = (0..<dimension).map { numbers[(index * 31 + $0 * 7) % numbers.count] }
      text.append(Data("w\(index) \(row.joined(separator: " "))\n".utf8))
    }
    let vectors = try read(text)
    let values = numbers.map { Float($0)?.bitPattern }
    #expect(vectors.count == count)
    let wrong = vectors.matrix.elements.enumerated().count { place, value in
      let (index, column) = (place / dimension, place % dimension)
      return value.bitPattern != values[(index * 31 + column * 7) % numbers.count]
    }
    #expect(wrong == 0)
    #expect(vectors.words.enumerated().allSatisfy { $1 == "w\($0)" })
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("large.words")
      try vectors.write(to: url)
      let own = try Data(contentsOf: url)
      #expect(throws: WordVectorsError.self) { try read(gzipped(own), threads: 1) }
      for file in [gzipped(text), Data("\(count) \(dimension)\n".utf8) + text] {
        let again = try read(file, threads: 1)
        #expect(again.words == vectors.words && again.matrix.elements == vectors.matrix.elements)
      }
      #expect(try WordVectors(contentsOf: url).vector(for: "W43999") == vectors["w43999"])
    }
  }

  @Test func firstOfEqualWordsIsKept() throws {
    let words = ["b", "a", "b", "c", "a", "b"]
    let text = Data(words.enumerated().map { "\($1) \($0) 0.5\n" }.joined().utf8)
    let vectors = try read(text)
    #expect(Array(vectors.words) == ["b", "a", "c"])
    #expect(vectors["b"] == [0, 0.5] && vectors["a"] == [1, 0.5] && vectors["c"] == [3, 0.5])
  }

  @Test func wordsMayBeEmpty() throws {
    let vectors = try read(Data("a 1 2\n 3 4\nb\t5\t6\n".utf8))
    #expect(Array(vectors.words) == ["a", "", "b"])
    #expect(vectors[""] == [3, 4] && vectors["b"] == [5, 6])
    #expect(try Array(read(Data(" 3.5 4\na 1 2\n".utf8)).words) == ["", "a"])
  }

  // “é” is one scalar in most files, and may be typed as two.
  @Test func otherNormalFormsAreFound() throws {
    let vectors = try read(Data("caf\u{E9} 1\n".utf8))
    #expect(vectors["cafe\u{301}"] == [1] && vectors["CAFE\u{301}"] == [1])
  }

  @Test func malformedTextAfterAHeaderIsText() throws {
    #expect(
      throws: WordVectorsError.notANumber(name: "words", line: 2, offset: 8, text: "inf")
    ) { try read(Data("2 3\na 1 inf 2\nb 1 2 3\n".utf8)) }
    #expect(
      throws: WordVectorsError.wrongValueCount(name: "words", line: 2, offset: 4, expected: 3, got: 2)
    ) { try read(Data("2 3\nking 1 2\nb 1 2 3\n".utf8)) }
    #expect(throws: WordVectorsError.wrongWordCount(name: "words", offset: 4, expected: 2, got: 0)) {
      try read(Data("2 3\n".utf8))
    }
  }

  // Offset of the k-th value: header, whole rows, the word and its blank, 4 bytes a value.
  @Test func binaryFaultsAreNamed() throws {
    let files = WordFiles(count: 3, dimension: 4, seed: 9, blanks: false)
    let contents = try files.contents(.word2vecBinary)
    #expect(throws: WordVectorsError.trailingBytes(name: "words", offset: contents.count - 1)) {
      try read(contents + Data("x".utf8))
    }
    let word = files.words[0].utf8.count
    for bits: UInt32 in [0x7F80_0000, 0xFF80_0000, 0x7FC0_0001] {
      var changed = contents
      let offset = 4 + word + 1 + 8
      for byte in 0..<4 { changed[offset + byte] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * byte)) }
      #expect(throws: WordVectorsError.notFinite(name: "words", offset: offset, word: files.words[0])) {
        try read(changed)
      }
    }
    let promising = Data("4 4\n".utf8) + contents.dropFirst(4)
    #expect(
      throws: WordVectorsError.truncated(name: "words", offset: contents.count, expected: 4, words: 3)
    ) { try read(promising) }
  }

  @Test func limitsHold() throws {
    let files = WordFiles(count: 20, dimension: 6, seed: 21, blanks: false)
    let wordBytes = files.words.reduce(0) { $0 + $1.utf8.count }
    var tried = 0
    for form in WordFiles.Form.allCases {
      let contents = try files.contents(form)
      let file = form == .own ? contents : gzipped(contents)
      for (path, enough) in [
        (\WordVectors.Limits.words, 20), (\.dimension, 6), (\.wordBytes, wordBytes),
        (\.inflatedBytes, contents.count),
      ] where form != .own || path != \.inflatedBytes {
        var limits = WordVectors.Limits()
        limits[keyPath: path] = enough
        #expect(try read(file, limits: limits).count == 20)
        limits[keyPath: path] = enough - 1
        let error = #expect(throws: WordVectorsError.self) { try read(file, limits: limits) }
        guard case .malformed(_, _, let sentence) = error,
          sentence.contains("expected at most \(enough - 1) ")
        else {
          Issue.record("\(form): \(String(describing: error))")
          continue
        }
        tried += 1
      }
    }
    #expect(tried == 4 * WordFiles.Form.allCases.count - 1)
    var limits = WordVectors.Limits()
    limits.lineBytes = 10
    #expect(try read(Data("a 1 2\n".utf8), limits: limits).count == 1)
    for text in [
      "a 1 2\nabcdefgh 1 2\n", "a 1 2\n" + String(repeating: "x", count: 100), "2 1\nabcdefghijklm 1\n",
    ] {
      #expect(throws: WordVectorsError.self) { try read(Data(text.utf8), limits: limits) }
    }
    for header in ["9000000000000000000 2\n", "2 9000000000000000000\n"] {
      #expect(throws: WordVectorsError.self) { try read(Data((header + "a 1 2\n").utf8)) }
    }
  }

  @Test func blankLinesTakeNoMemory() throws {
    let wide = "w" + String(repeating: " 1.5", count: 60_000) + "\n"
    let vectors = try read(Data((wide + String(repeating: "\n", count: 2_000_000)).utf8))
    #expect(vectors.count == 1 && vectors.dimension == 60_000)
  }

  @Test func damagedGzipIsNamed() throws {
    let packed = gzipped(try WordFiles(count: 9, dimension: 3, seed: 4).contents(.glove))
    for count in 2..<packed.count {
      #expect(
        throws: WordVectorsError.notInflatable(
          name: "words", offset: count, reason: "more is expected, and the end is found")
      ) { try read(packed.prefix(count)) }
    }
  }
}
