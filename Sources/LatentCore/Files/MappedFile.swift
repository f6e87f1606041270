import Foundation

/// The bytes of a file, mapped read-only into memory and paged in as they are touched.
///
/// The mapping outlives a replacement of the file by renaming, which is how this library writes. Another program that
/// truncates the file in place while it is mapped makes later reads trap, as with any mapped file.
package struct MappedFile: Sendable {
  /// The mapping, which ends with the last copy.
  private let bytes: Data

  /// The length of the file in bytes.
  package var count: Int { bytes.count }

  /// Maps the file at `url`.
  package init(contentsOf url: URL) throws(FileError) {
    let path = url.absoluteURL.path
    // Opening a pipe for reading would wait for a writer unless told not to.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let number = errno
      throw number == ENOENT
        ? .notFound(path: path) : .unreadable(path: path, reason: FileError.reason(number))
    }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: FileError.reason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(
        path: path,
        reason: isFolder ? "it is a folder" : "it comes from a pipe or a device; save it as a file")
    }
    let size = Int(status.st_size)
    guard size > 0 else {  // mmap refuses a length of 0
      bytes = Data()
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw .unreadable(path: path, reason: FileError.reason(errno))
    }
    bytes = Data(bytesNoCopy: start, count: size, deallocator: .unmap)
  }

  /// Lends the bytes to `body` for reading.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withRawBytes(body)
  }

  /// Gives the memory of whole pages within `range` back to the system, which reads them anew if they are touched.
  ///
  /// The pages of a model that has been converted would otherwise count as memory of the process.
  package func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + page - 1) / page * page
    let length = min(range.upperBound, count) / page * page - first
    guard length > 0 else { return }
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      madvise(UnsafeMutableRawPointer(mutating: start + first), length, MADV_DONTNEED)
    }
  }
}
