import Synchronization

/// Bounds the bytes of all photos that are being uploaded at one time.
final class UploadBudget: Sendable {
  private let left: Mutex<Int>

  init(bytes: Int) { left = Mutex(bytes) }

  /// Does something that takes bytes of the budget for its time.
  ///
  /// - Throws: ``ServiceError/busy`` where they are not left; what the body throws.
  func reserving<Result: Sendable>(
    _ bytes: Int, _ body: () async throws -> Result
  ) async throws -> Result {
    let isReserved = left.withLock { left in
      guard left >= bytes else { return false }
      left -= bytes
      return true
    }
    guard isReserved else { throw ServiceError.busy }
    defer { left.withLock { $0 += bytes } }
    return try await body()
  }
}
