import Foundation

/// Writes files so that a reader sees the old bytes or all of the new ones, even after a crash.
///
/// The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), reach the
/// disk, and only then take the name. When anything fails the temporary file is removed. A process that is killed cannot
/// remove its own; ``removeLeftovers(in:)`` does, where long work begins or goes on.
package enum AtomicFile {
  /// A file being written, valid only inside the closure that was lent it.
  package struct Output {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    /// Appends `bytes`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let remaining = UnsafeRawBufferPointer(rebasing: rest)
        // The descriptor blocks, so a short count means only that there is more to write.
        let written = Foundation.write(descriptor, remaining.baseAddress, remaining.count)
        if written > 0 {
          rest = rest.dropFirst(written)
        } else if written == 0 || errno != EINTR {
          throw .writeFailed(path: path, reason: FileError.reason(written == 0 ? EIO : errno))
        }
      }
    }

    /// Appends `data`.
    package func write(_ data: Data) throws(FileError) {
      try data.withRawBytes { bytes throws(FileError) in try write(bytes) }
    }
  }

  /// Makes `data` the contents of the file at `url`.
  package static func write(_ data: Data, to url: URL) throws(FileError) {
    try write(to: url) { output throws(FileError) in try output.write(data) }
  }

  /// Makes what `body` appends to its output the contents of the file at `url`, for files too large to hold.
  ///
  /// When `body` throws, the file at `url` stays as it was. A file that is replaced keeps its permissions, and a link to
  /// one stays a link.
  package static func write(
    to url: URL, _ body: (Output) throws(FileError) -> Void
  ) throws(FileError) {
    precondition(url.isFileURL, "A file can be written only to a file URL, not to \(url).")
    let path = url.absoluteURL.path
    let target = Self.target(of: path)
    let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
    let (temporary, descriptor) = try createTemporary(in: folder, for: path)
    // Open until the rename, since the lock that keeps others from removing the file ends with it.
    defer { close(descriptor) }
    var finished = false
    defer { if !finished { unlink(temporary) } }
    var status = stat()
    if stat(target, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .writeFailed(path: path, reason: "it is not a regular file")
      }
      try check(fchmod(descriptor, status.st_mode & 0o7777), path)
    }
    try body(Output(descriptor: descriptor, path: path))
    // Reports writes that failed late, too.
    try check(fsync(descriptor), path)
    try check(rename(temporary, target), path)
    finished = true
    synchronize(folder: folder)
  }

  /// The file that a path leads to: a link stays one, and what it points to is replaced.
  private static func target(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Removes the temporary files in a folder whose writers are gone; one that is being written stays.
  ///
  /// A writer holds a lock on its file, which the system takes back when the process ends, however it ends. A folder that
  /// is missing has no leftovers, and what cannot be removed does no harm, so that nothing is thrown.
  package static func removeLeftovers(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let path = folder.appendingPathComponent(name).path
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(descriptor)
    }
  }

  private static let (prefix, suffix) = (".latent-", ".temporary")

  /// Creates a file under a name that nobody else uses, and locks it.
  private static func createTemporary(
    in folder: String, for path: String
  ) throws(FileError) -> (path: String, descriptor: Int32) {
    while true {
      let temporary = "\(folder)/\(prefix)\(UUID().uuidString)\(suffix)"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        let number = errno
        // Some folders of the system take no files, and say that there is no such.
        throw number == ENOENT && access(folder, F_OK) != 0
          ? .folderMissing(path: folder) : .writeFailed(path: path, reason: FileError.reason(number))
      }
      // A file system without locks takes nobody's file for a leftover, so that a failure does not matter.
      while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
      // Before it was locked, another process may have taken the file for a leftover.
      var status = stat()
      if fstat(descriptor, &status) != 0 || status.st_nlink > 0 { return (temporary, descriptor) }
      close(descriptor)
    }
  }

  private static func check(_ status: Int32, _ path: String) throws(FileError) {
    guard status == 0 else { throw .writeFailed(path: path, reason: FileError.reason(errno)) }
  }

  /// Makes the new name durable.
  ///
  /// The file is whole under either name by now, so that a folder that cannot be opened for reading or a file system
  /// that cannot do this is no error.
  private static func synchronize(folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
