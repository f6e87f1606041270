import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import Testing

/// The figures of the embedded model on drawn photos.
@Suite struct FiguresTests {
  /// Vectors of 50 numbers, as the embedded model takes them, for three words.
  private func writeVectors(to url: URL) throws {
    let lines = ["smiling", "male", "grin"].enumerated().map { index, word in
      "\(word) " + (0..<50).map { String(sin(Double(50 * index + $0))) }.joined(separator: " ")
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
  }

  private func draw(into out: String, in folder: URL) throws -> Command.Result {
    let data = try DrawnData(in: folder)
    try writeVectors(to: folder.appendingPathComponent("vectors.txt"))
    return try Command.run(
      ["figures", "--data", data.folder.path, "--words", "vectors.txt", "--out", out], in: folder)
  }

  // All but figure 4, which takes another model; files of an earlier run are replaced, others stay.
  @Test func writesItsFiles() throws {
    try withTemporaryFolder { folder in
      let out = folder.appendingPathComponent("new/figures", isDirectory: true)
      try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
      for name in ["figure-5.png", "notes.txt"] {
        try Data("older".utf8).write(to: out.appendingPathComponent(name))
      }
      let result = try draw(into: "new/figures", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("figure-4.png is left out: it takes a model"), "\(result.errors)")
      let drawn = Figures.Name.allCases.filter { $0 != .averages }.map { $0.rawValue + ".png" }
      let files = try FileManager.default.contentsOfDirectory(atPath: out.path)
      #expect(files.sorted() == (drawn + ["notes.txt"]).sorted())
      for name in drawn {
        #expect(try Image(contentsOf: out.appendingPathComponent(name)).width > 300, "\(name)")
      }
    }
  }

  @Test func aFolderThatCannotBeMadeIsTold() throws {
    try withTemporaryFolder { folder in
      let result = try draw(into: "vectors.txt/figures", in: folder)
      #expect(result.status == 1)
      #expect(
        result.errors.contains("vectors.txt/figures” could not be written: the folder cannot be made."),
        "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
  }
}
