import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

@Suite struct WordVectorsTests {
  private func read(_ text: String) throws -> WordVectors {
    try WordVectors(contents: Data(text.utf8), name: "words.txt")
  }

  @Test func linesAreSplitFromTheRight() throws {
    let vectors = try read("the 0.418 -1e-2\n. . . 3 4\r\nThe 7 8 \n5 0.5 .25\nthe 9 9")
    #expect(vectors.dimension == 2)
    #expect(Array(vectors.words) == ["the", ". . .", "The", "5"])
    #expect(vectors["the"] == [0.418, -0.01])
    #expect(vectors[". . ."] == [3, 4])
    #expect(vectors["The"] == [7, 8])
    #expect(vectors["THE"] == [0.418, -0.01])
    #expect(vectors["5"] == [0.5, 0.25])
    #expect(vectors["absent"] == nil)
  }

  @Test func headerIsAccepted() throws {
    let vectors = try read("2 3\nking 1 2 3 \nqueen 4 5 6 \n")
    #expect(vectors.dimension == 3 && Array(vectors.words) == ["king", "queen"])
    #expect(throws: WordVectorsError.wrongWordCount(name: "words.txt", offset: 27, expected: 3, got: 2)) {
      try read("3 3\nking 1 2 3\nqueen 4 5 6\n")
    }
  }

  // The mark is no part of the first word, nor of a header.
  @Test(arguments: ["\u{FEFF}a 1 2\nb 3 4\n", "\u{FEFF}2 2\na 1 2\nb 3 4\n"])
  func byteOrderMarksArePassedOver(_ text: String) throws {
    let vectors = try read(text)
    #expect(Array(vectors.words) == ["a", "b"] && vectors["a"] == [1, 2])
  }

  private static let foreign: [([UInt8], String)] = {
    // fastText's settings before it had a magic number.
    let settings: [UInt8] = [10, 5, 5, 5, 5, 1, 2, 2, 100, 3, 6, 100, 0, 0]
    let zip: [UInt8] = [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 60)
    let utf16: [UInt8] = [0xff, 0xfe, 0x61, 0, 0x20, 0, 0x31, 0]
    let numPy: [UInt8] = [0x93] + Array("NUMPY".utf8)
    let pointer = Array("version https://git-lfs.github.com/spec/v1\n".utf8)
    return [
      (zip, "zip archive"), (utf16, "UTF-16"), ([0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0], "fastText"),
      (settings.flatMap { [$0, 0, 0, 0] }, "fastText"), ([0x80, 4, 0x95], "pickle"), (numPy, "NumPy"),
      (pointer, "git lfs pull"),
    ]
  }()

  @Test(arguments: foreign) func foreignFilesAreNamed(_ bytes: [UInt8], expected: String) throws {
    let error = try #require(throws: WordVectorsError.self) {
      try WordVectors(contents: Data(bytes), name: "words")
    }
    #expect(error.description.hasPrefix("“words” is ") && error.description.contains(expected))
  }

  @Test func wordsNeedNotBeUTF8() throws {
    let data = Data([0xFF, 0xFE]) + Data(" 1 2\n\u{85}x 3 4\n".utf8)
    let vectors = try WordVectors(contents: data, name: "words.txt")
    #expect(vectors.count == 2 && vectors["\u{FFFD}\u{FFFD}"] == [1, 2])
  }

  @Test(arguments: [
    (
      "a 1 2\nb 3\n",
      WordVectorsError.wrongValueCount(name: "words.txt", line: 2, offset: 6, expected: 2, got: 1)
    ),
    ("a 1 2\nb 3 4 5\n", .wrongValueCount(name: "words.txt", line: 2, offset: 6, expected: 2, got: 3)),
    ("a 1 2\n3 4\n", .wrongValueCount(name: "words.txt", line: 2, offset: 6, expected: 2, got: 1)),
    ("a 1 2\nb 3 x4\n", .notANumber(name: "words.txt", line: 2, offset: 10, text: "x4")),
    ("a 1 2\nb 3 nan\n", .notANumber(name: "words.txt", line: 2, offset: 10, text: "nan")),
    ("hello\n", .wrongValueCount(name: "words.txt", line: 1, offset: 0, expected: 1, got: 0)),
    ("", .empty(name: "words.txt")),
    ("\n\n", .empty(name: "words.txt")),
  ])
  func malformedFilesAreNamed(text: String, expected: WordVectorsError) {
    #expect(throws: expected) { try read(text) }
  }

  // The parser must agree with the library's correctly rounded conversion, bit for bit.
  @Test func numbersAreRoundedCorrectly() throws {
    var texts = [
      "0", "-0", "0.0", "1", "16777217", "16777217.0", "0.1", "-0.044457", "123456.789", "1e-45", "3.4e38",
      "9e-40",
      "0.00000000000000000000000000000000000000001", "9007199254740993", "1.00000005960464477539",
      "1.00000017881393432617", "8388608.5", "8388609.5", "+2.5", "1E3", "12345678901234567890123", "1e22",
      "3e-22", "7E+05", "1e-5",
      "1234567.12345678", "0.1234567890123456", "12345678.5", "0.12345678", "1.", ".5", "9007199254740992.5",
    ]
    for number in randomFloats(count: 20_000, seed: 7) {
      texts.append("\(number)")
      texts.append(String(format: "%.5f", number))
      texts.append(String(format: "%.9f", Double(number)))
      texts.append(String(format: "%.17f", Double(number) * 1e-3))
      texts.append(String(format: "%.8e", Double(number)))
    }
    // Halfway between two floats, cut to 16 digits: the nearest double is the halfway point itself, and rounding it to
    // even is wrong about every other time.
    for k in 0..<1_000 { texts.append(String(format: "%.16f", 0.5 + Double(2 * (k * 3_001) + 1) * 0x1p-25)) }
    let vectors = try read(texts.enumerated().map { "w\($0) \($1)" }.joined(separator: "\n"))
    for (index, text) in texts.enumerated() {
      let expected = try #require(Float(text))
      if vectors["w\(index)"]?[0].bitPattern != expected.bitPattern { Issue.record("\(text)") }
    }
    #expect(vectors.count == texts.count)
  }

  // cos(a, b) = ⟨a, b⟩ / (‖a‖·‖b‖)
  @Test func neighborsAreOrderedByCosine() throws {
    let vectors = try read("east 2 0\nnortheast 1 1\nnorth 0 5\nwest -1 0\nzero 0 0\n")
    let near = vectors.nearest(to: [3, 1], count: 3)
    #expect(near.map(\.word) == ["east", "northeast", "north"])
    let cosines = [3, 4 / 2.0.squareRoot(), 1].map { $0 / 10.0.squareRoot() }
    #expect(worstError(near.map(\.cosine), cosines, scale: 1) <= 4 * Double(Float.ulpOfOne))
    #expect(try vectors.nearest(to: "East", count: 2).map(\.word) == ["northeast", "north"])
    #expect(vectors.nearest(to: [1, 0], count: 99).count == 5)
    #expect(vectors.nearest(to: [1, 0], count: 0).isEmpty)
  }

  @Test func suggestionsAreNearInSpelling() throws {
    let vectors = try read("smile 1\nsmiling 1\nsailing 1\nglasses 1\neyeglasses 1\nmiles 1\n")
    #expect(vectors.suggestions(for: "smilnig", count: 2) == ["smiling", "sailing"])
    #expect(vectors.suggestions(for: "eyeglases") == ["eyeglasses", "glasses"])
    #expect(vectors.suggestions(for: "qqqqqqqq").isEmpty)
    let error = #expect(throws: WordVectorsError.self) { try vectors.vector(for: "Smilng") }
    #expect(
      error?.description.hasPrefix("The word “Smilng” is not known; similar ones are “smiling”") == true)
  }

  @Test func missingFileIsNamed() {
    #expect(throws: FileError.notFound(path: "/nowhere/glove.txt")) {
      try WordVectors(contentsOf: URL(fileURLWithPath: "/nowhere/glove.txt"))
    }
  }

  @Test(.enabled(if: Shared.isAvailable)) func gloveIsRead() throws {
    let vectors = try WordVectors(contentsOf: Shared.url("data/words/glove.6B.50d.subset.txt"))
    #expect(vectors.count == 11_713 && vectors.dimension == 50)
    #expect(vectors.words[0] == "the")
    #expect(try vectors.vector(for: "the")[0] == 0.418)
    #expect(
      try vectors.nearest(to: "smiling", count: 5).contains { $0.word == "smile" || $0.word == "smiled" })
  }
}
