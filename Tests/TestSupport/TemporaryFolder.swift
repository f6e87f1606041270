import Foundation

/// Cancels the task that runs, as another would that has no more use for its result.
public func cancelTask() { withUnsafeCurrentTask { $0?.cancel() } }

/// Makes a folder that exists while `body` runs.
///
/// - Parameter body: Is lent the folder's URL.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or the system's error when there can be no folder.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "latent-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Makes a folder that exists while `body` runs, which may wait.
///
/// - Parameter body: Is lent the folder's URL.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or the system's error when there can be no folder.
public func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "latent-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}
