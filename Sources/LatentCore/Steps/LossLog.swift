import Foundation

/// The losses of a training as CSV, a row a step, complete to the last step when the program is stopped.
struct LossLog {
  private let handle: FileHandle
  private let path: String

  /// Opens the log; of an older one, the rows after step `step` are dropped, since they will be made again.
  init(_ url: URL, names: [String], keepingUntil step: Int) throws {
    path = url.path
    let header = (["step"] + names).joined(separator: ",")
    var rows: [Substring] = []
    if step > 0, let old = try? String(contentsOf: url, encoding: .utf8) {
      // A row that was cut off in writing has no end; its number may be cut off, too.
      let complete = old[..<(old.lastIndex(of: "\n") ?? old.startIndex)]
      rows = complete.split(separator: "\n").dropFirst().filter { row in
        Int(row.prefix { $0 != "," }).map { $0 <= step } ?? false
      }
    }
    let text = ([Substring(header)] + rows).map { $0 + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: url)
    do {
      handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
    } catch {
      throw FileError.writeFailed(
        path: path, reason: FileError.reason(of: error) ?? "it cannot be appended to")
    }
  }

  /// Adds a row; numbers are written so that reading them gives the same bits.
  func append(step: Int, _ values: [Float]) throws {
    let row = (["\(step)"] + values.map { "\($0)" }).joined(separator: ",") + "\n"
    do {
      try handle.write(contentsOf: Data(row.utf8))
    } catch {
      throw FileError.writeFailed(
        path: path, reason: FileError.reason(of: error) ?? "it cannot be appended to")
    }
  }
}
