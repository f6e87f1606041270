import Foundation

/// A block of bytes that can grow to hundreds of megabytes without being copied.
///
/// The system moves a large block by its pages, and pages never touched take no memory. An array would copy itself at
/// each doubling and hold both copies meanwhile.
///
/// Whoever fills a block has it alone; threads share it only when it is no longer written.
final class GrowingMemory: @unchecked Sendable {
  private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Sets the size; new bytes are not initialised, and earlier pointers are no longer valid.
  func resize(to count: Int) {
    guard let start = realloc(bytes.baseAddress, max(count, 1)) else {
      preconditionFailure("There is no memory for \(count) bytes.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  deinit { free(bytes.baseAddress) }
}
