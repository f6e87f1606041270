import Foundation
import LatentArithmetic

/// Finds the files that come with the library: the face model, the scorers, the sentence encoder and the joint model.
///
/// The build puts them into a resource folder beside the program. The accessor that SwiftPM generates traps when
/// the program has moved without that folder, so the folder is looked for here, and not finding it is an error.
enum FaceResource: String {
  case model = "faces.safetensors"
  case scorer = "scorer.safetensors"
  case calibratingScorer = "calibrating.safetensors"
  case sentences = "sentences.safetensors"
  case joint = "joint.safetensors"

  private static let bundleName = "LatentArithmetic_LatentFaces.resources"

  /// Where the file may be, the likeliest first.
  private var candidates: [URL] {
    let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "")
    let folders = [
      Bundle.main.bundleURL, Bundle.main.resourceURL,
      Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent(),
      program.resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    return folders.compactMap { $0 }.flatMap { folder in
      [
        folder.appendingPathComponent(Self.bundleName).appendingPathComponent(rawValue),
        folder.appendingPathComponent(rawValue),
      ]
    }
  }

  func url() throws(FacesError) -> URL {
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
