import Foundation

/// Where `make models` puts models that are no part of the package.
package enum ModelsFolder {
  /// The folder that the environment variable `LATENT_MODELS` names, nil where it names none.
  package static var named: URL? { folder("LATENT_MODELS") }

  /// `latent-arithmetic` in the user's cache folder.
  package static var cached: URL {
    // HOME before the system's list of users, as in a shell.
    let home = folder("HOME") ?? FileManager.default.homeDirectoryForCurrentUser
    let cache = folder("XDG_CACHE_HOME") ?? home.appendingPathComponent(".cache")
    return cache.appendingPathComponent("latent-arithmetic")
  }

  private static func folder(_ variable: String) -> URL? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
  }
}
