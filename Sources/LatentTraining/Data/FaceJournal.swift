import Foundation
import LatentArithmetic
import LatentCore

/// What became of each photo, a line each: its name, `kept` or `left`, and where its face was or why it was left out.
///
/// Lines are appended as photos are done. The first line holds the settings; a last line without an end was cut off.
struct FaceJournal {
  enum Outcome {
    case kept(box: Rectangle)
    case left(reason: String)
  }

  /// Whether each photo done so far was kept, by name.
  private(set) var outcomes: [String: Bool] = [:]
  private let handle: FileHandle
  private let path: String

  /// Opens the journal of an earlier run, or begins a new one.
  init(_ url: URL, settings: String, resumes: Bool) throws {
    path = url.path
    let header = "# " + settings
    var text = header + "\n"
    if FileManager.default.fileExists(atPath: path) {
      guard resumes else { throw DatasetError.folderInUse(path: url.deletingLastPathComponent().path) }
      let old = String(decoding: try File.contents(of: url), as: UTF8.self)
      let lines = old[..<(old.lastIndex(of: "\n") ?? old.startIndex)].split(separator: "\n")
      if let first = lines.first, first != header {
        throw DatasetError.otherSettings(path: path, expected: settings, got: String(first.dropFirst(2)))
      }
      for line in lines.dropFirst() {
        let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[1] == "kept" || fields[1] == "left" else { continue }
        outcomes[String(fields[0])] = fields[1] == "kept"
        text += line + "\n"
      }
    }
    try AtomicFile.write(Data(text.utf8), to: url)
    do {
      handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
    } catch {
      throw FileError.writeFailed(
        path: path, reason: FileError.reason(of: error) ?? "it cannot be appended to")
    }
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
