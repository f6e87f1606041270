import Foundation

/// Writes files so that a reader sees the old bytes or all of the new ones, even after a crash.
///
/// The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), reach the
/// disk, and only then take the name. When anything fails the temporary file is removed.
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
      let result = data.withUnsafeBytes { bytes in
        Result { () throws(FileError) in try write(bytes) }
      }
      try result.get()
    }
  }

  /// Makes `data` the contents of the file at `url`.
  package static func write(_ data: Data, to url: URL) throws(FileError) {
    try write(to: url) { output throws(FileError) in try output.write(data) }
  }

  /// Makes what `body` appends to its output the contents of the file at `url`, for files too large to hold.
  ///
  /// When `body` throws, the file at `url` stays as it was.
  package static func write(
    to url: URL, _ body: (Output) throws(FileError) -> Void
  ) throws(FileError) {
    precondition(url.isFileURL, "A file can be written only to a file URL, not to \(url).")
    let path = url.absoluteURL.path
    let folder = url.absoluteURL.deletingLastPathComponent().path
    let temporary = "\(folder)/.latent-\(UUID().uuidString).temporary"

    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let number = errno
      throw number == ENOENT
        ? .folderMissing(path: folder) : .writeFailed(path: path, reason: FileError.reason(number))
    }
    var finished = false
    defer { if !finished { unlink(temporary) } }

    do {
      // Closing may report a write that failed late, so on the good path its result counts.
      var closed = false
      defer { if !closed { close(descriptor) } }
      try body(Output(descriptor: descriptor, path: path))
      try check(fsync(descriptor), path)
      closed = true
      try check(close(descriptor), path)
    }
    try check(rename(temporary, path), path)
    finished = true
    synchronize(folder: folder)
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
