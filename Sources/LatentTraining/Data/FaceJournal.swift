import Foundation
import LatentArithmetic
import LatentCore

/// What became of each photo, a line each: its name, `kept` or `left`, and where its face was or why it was left out.
///
/// Lines are appended as photos are done. The first line holds the settings; a last line without an end was cut off. Of
/// several ranks each but the first appends to a journal of its own beside it, which becomes a part of the first's at the end,
/// or when the work is resumed.
struct FaceJournal {
  enum Outcome {
    case kept(box: Rectangle)
    case left(reason: String)
  }

  /// Whether each photo done so far was kept, by name.
  private(set) var outcomes: [String: Bool] = [:]
  private let handle: FileHandle
  private let path: String

  /// Opens the journal of an earlier run, with those of its ranks, or begins a new one.
  init(_ url: URL, settings: String, resumes: Bool) throws {
    var lines: [Line] = []
    if FileManager.default.fileExists(atPath: url.path) {
      guard resumes else { throw DatasetError.folderInUse(path: url.deletingLastPathComponent().path) }
      lines = try Self.lines(of: url, settings: settings)
    }
    let parts = Self.parts(of: url)
    for part in parts { lines += try Self.lines(of: part, settings: settings) }
    try self.init(writing: lines, to: url, settings: settings)
    for part in parts { try FileManager.default.removeItem(at: part) }
    outcomes = Self.outcomes(of: lines)
  }

  /// Begins the journal of a rank other than the first, which knows what the first's tells.
  init(ofRank rank: Int, beside url: URL, settings: String) throws {
    try self.init(writing: [], to: Self.part(rank, of: url), settings: settings)
    outcomes = Self.outcomes(of: try Self.lines(of: url, settings: settings))
  }

  private init(writing lines: [Line], to url: URL, settings: String) throws {
    path = url.path
    let text = Self.header(settings) + "\n" + lines.map { $0.text + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: url)
    do {
      handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
    } catch {
      throw FileError.writeFailed(
        path: path, reason: FileError.reason(of: error) ?? "it cannot be appended to")
    }
  }

  // MARK: - Lines

  private struct Line {
    let name: String
    let isKept: Bool
    let text: Substring
  }

  private static func header(_ settings: String) -> String { "# " + settings }

  /// The whole lines of a journal.
  private static func lines(of url: URL, settings: String) throws -> [Line] {
    let text = String(decoding: try File.contents(of: url), as: UTF8.self)
    let lines = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n")
    if let first = lines.first, first != header(settings) {
      throw DatasetError.otherSettings(
        path: url.path, expected: settings, got: String(first.dropFirst(2)))
    }
    return lines.dropFirst().compactMap { line in
      let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[1] == "kept" || fields[1] == "left" else { return nil }
      return Line(name: String(fields[0]), isKept: fields[1] == "kept", text: line)
    }
  }

  private static func outcomes(of lines: [Line]) -> [String: Bool] {
    Dictionary(lines.map { ($0.name, $0.isKept) }, uniquingKeysWith: { $1 })
  }

  /// Where a rank's journal lies.
  private static func part(_ rank: Int, of url: URL) -> URL {
    url.deletingPathExtension().appendingPathExtension("\(rank).\(url.pathExtension)")
  }

  /// The journals of ranks beside the first's.
  private static func parts(of url: URL) -> [URL] {
    let folder = url.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { name in
      let parts = name.split(separator: ".")
      return parts.count == 3 && name == part(Int(parts[1]) ?? 0, of: url).lastPathComponent
    }.sorted().map { folder.appendingPathComponent($0) }
  }

  mutating func append(_ name: String, _ outcome: Outcome) throws {
    let (word, detail, isKept) =
      switch outcome {
      case .kept(let box):
        (
          "kept",
          [box.x, box.y, box.width, box.height].map { "\(Int($0.rounded()))" }.joined(separator: " "), true
        )
      case .left(let reason): ("left", reason, false)
      }
    // A name that holds a tab or a line's end would be another line; such a photo is looked at again on resuming.
    let line = [name, word, detail].map { field in
      String(field.map { $0 == "\t" || $0.isNewline ? " " : $0 })
    }.joined(separator: "\t")
    do {
      try handle.write(contentsOf: Data((line + "\n").utf8))
    } catch {
      throw FileError.writeFailed(
        path: path, reason: FileError.reason(of: error) ?? "it cannot be appended to")
    }
    outcomes[name] = isKept
  }
}
