import Foundation

/// The folder of development data: golden numbers, images and models that are no part of the project.
///
/// It is the folder that the environment variable `LATENT_SHARED` names, else `../shared` beside the package. A test
/// that needs it is marked `@Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))`.
public enum Shared {
  /// The folder, or nil when there is none.
  public static var folder: URL? {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? place : nil
  }

  /// Whether tests that need the folder run.
  ///
  /// `LATENT_REQUIRE_SHARED=1` makes them run in any case, so that they fail where the folder is absent.
  public static var isAvailable: Bool { environment["LATENT_REQUIRE_SHARED"] == "1" || folder != nil }

  /// Returns the URL of something in the folder.
  ///
  /// - Parameter path: The path below the folder, such as `golden/theta-loss.npz`.
  /// - Returns: The URL of what is there.
  /// - Throws: `Missing` when there is nothing.
  public static func url(_ path: String) throws -> URL {
    let url = place.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: url.path) else { throw Missing(path: url.path) }
    return url
  }

  /// A part of the development data that is not here.
  public struct Missing: Error, CustomStringConvertible {
    let path: String

    /// One sentence with the path.
    public var description: String { "The development data have no “\(path)”." }
  }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  private static var place: URL {
    if let path = environment["LATENT_SHARED"] { return URL(fileURLWithPath: path, isDirectory: true) }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()  // Tests/TestSupport
      .deletingLastPathComponent().deletingLastPathComponent()
    return root.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
  }
}
