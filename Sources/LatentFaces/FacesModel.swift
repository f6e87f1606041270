import Foundation
import LatentArithmetic

/// Finds the face model that comes with the library.
///
/// The build puts the model into a resource folder beside the program. The accessor that SwiftPM generates traps when
/// the program has moved without that folder, so the folder is looked for here, and not finding it is an error.
enum FacesModel {
  private static let bundleName = "LatentArithmetic_LatentFaces.resources"
  private static let fileName = "faces.safetensors"

  /// Where the model may be, the likeliest first.
  private static var candidates: [URL] {
    let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "")
    let folders = [
      Bundle.main.bundleURL, Bundle.main.resourceURL,
      Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent(),
      program.resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    return folders.compactMap { $0 }.flatMap { folder in
      [
        folder.appendingPathComponent(bundleName).appendingPathComponent(fileName),
        folder.appendingPathComponent(fileName),
      ]
    }
  }

  static func url() throws(FacesError) -> URL {
    let candidates = candidates
    guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw .modelMissing(folder: candidates[0].deletingLastPathComponent().path)
    }
    return found
  }
}

/// Why the embedded model cannot be opened.
public enum FacesError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The resource folder was not copied along with the program.
  case modelMissing(folder: String)

  public var description: String {
    switch self {
    case .modelMissing(let folder):
      "The face model is not beside the program; copy the build's resource folder to “\(folder)”."
    }
  }

  public var errorDescription: String? { description }
}
