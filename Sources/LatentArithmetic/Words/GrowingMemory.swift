import Foundation

/// A block of bytes that can grow to hundreds of megabytes without being copied.
///
/// The system moves a large block by its pages, and pages never touched take no memory. An array would copy itself at
/// each doubling and hold both copies meanwhile.
///
/// Whoever fills a block has it alone; ``finish()`` makes it a value that threads may share.
final class GrowingMemory {
  private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Sets the size; new bytes are not initialized, and earlier pointers are no longer valid.
  func resize(to count: Int) {
    guard let start = realloc(bytes.baseAddress, max(count, 1)) else {
      preconditionFailure("There is no memory for \(count) bytes.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// Hands the bytes over; the block is empty afterwards.
  func finish() -> Data {
    guard let start = bytes.baseAddress else { return Data() }
    defer { bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return Data(bytesNoCopy: start, count: bytes.count, deallocator: .free)
  }

  deinit { free(bytes.baseAddress) }
}
