import Foundation

/// Reading of whole files and making of folders, with the failures told apart.
package enum File {
  /// Returns the bytes of the file at `url`, mapped into memory where the system can; of a pipe all that comes.
  package static func contents(of url: URL) throws(FileError) -> Data {
    let path = url.path
    var status = stat()
    guard stat(path, &status) == 0 else {
      let number = errno
      throw number == ENOENT
        ? .notFound(path: path) : .unreadable(path: path, reason: FileError.reason(number))
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(path: path, reason: "it is a folder") }
    if isStream(path) { return try streamed(from: path) }
    // Foundation loses a block of memory with each empty file that it reads.
    if isEmptyFile(path) { return Data() }
    do {
      return try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .unreadable(path: path, reason: FileError.reason(of: error) ?? "it is not accessible")
    }
  }

  /// Makes a folder and those it lies in, where they are not there.
  package static func makeFolder(_ url: URL) throws(FileError) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw .writeFailed(path: url.path, reason: FileError.reason(of: error) ?? "the folder cannot be made")
    }
  }

  /// Whether what is at a path has no length: a pipe, a terminal, `/dev/stdin`.
  package static func isStream(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// The most bytes of a stream, which may have no end.
  private static let longestStream = 1 << 30

  private static func streamed(from path: String) throws(FileError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: FileError.reason(errno)) }
    defer { close(descriptor) }
    var (data, block) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, reason: FileError.reason(errno)) }
      if count == 0 { return data }
      data.append(contentsOf: block[..<count])
      guard data.count <= longestStream else {
        throw .unreadable(path: path, reason: "it does not end within \(longestStream) bytes")
      }
    }
  }

  private static func isEmptyFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
      && access(path, R_OK) == 0
  }
}

extension FileError {
  /// The system's sentence for what Foundation threw, without a full stop; nil where the system gave no number.
  ///
  /// Foundation's own descriptions are two sentences.
  package static func reason(of error: any Error) -> String? {
    ((error as? CocoaError)?.underlying as? POSIXError).map { reason($0.code.rawValue) }
  }
}
