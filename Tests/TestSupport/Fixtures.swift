import Foundation

/// The numbers that the package's own tests need: `Tests/Fixtures`, whose README tells how each was made.
public enum Fixtures {
  /// Returns the URL of a fixture.
  ///
  /// - Parameter name: The file's name, such as `theta-loss.npz`.
  /// - Returns: Where the file is in the working copy.
  public static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()  // Tests/TestSupport
      .deletingLastPathComponent().appendingPathComponent("Fixtures").appendingPathComponent(name)
  }
}
