import Foundation
import LatentArithmetic
import Synchronization

/// What comes from a pipe or is typed, which arguments name by -.
///
/// It is kept in a file without a name that takes the pipe's place, so that it can be opened as often as wanted and mapped:
/// what recognizes a file by its bytes opens it several times.
enum StandardInput {
  /// Opens the file anew each time, not the pipe, once it is kept.
  static let path = "/dev/stdin"
  private static let isNamed = Mutex(false)

  /// The input as a file, which ``keep()`` has to have made of it before it is opened.
  static func named() -> URL {
    isNamed.withLock { $0 = true }
    return URL(fileURLWithPath: path)
  }

  /// Reads the input to its end, where an argument names it and it is no file.
  ///
  /// - Throws: `FileError` where it cannot be read or kept, or has no end.
  static func keep() throws {
    var status = stat()
    guard isNamed.withLock({ $0 }), fstat(STDIN_FILENO, &status) == 0,
      ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    else { return }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("latent-\(UUID().uuidString)")
    do {
      try Data().write(to: url, options: .withoutOverwriting)
      let file = try FileHandle(forWritingTo: url)
      try FileManager.default.removeItem(at: url)
      var count = 0
      while let block = try FileHandle.standardInput.read(upToCount: 1 << 16), !block.isEmpty {
        count += block.count
        guard count <= longest else {
          throw FileError.unreadable(path: path, reason: "it does not end within \(longest) bytes")
        }
        try file.write(contentsOf: block)
      }
      dup2(file.fileDescriptor, STDIN_FILENO)
    } catch let error as CocoaError {
      throw FileError.unreadable(path: path, reason: "it cannot be kept: " + error.localizedDescription)
    }
  }

  private static let longest = 1 << 30
}
