import Foundation

/// Why the face of a picture cannot be had.
public enum FaceError: Error, Equatable, Sendable {
  /// The detector's networks are not in the folder.
  case modelsMissing(folder: String)
  /// There is no face in the picture.
  case noFace
  /// One face was asked for, and the picture has several.
  case severalFaces(count: Int)
  /// The picture has fewer faces than the number asked for, counted from 1.
  case noSuchFace(number: Int, count: Int)
}

extension FaceError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .modelsMissing(let folder):
      "Faces cannot be found without the detector's networks in “\(folder)”: `make models` puts them there."
    case .noFace: "There is no face in the picture."
    case .severalFaces(let count): "There are \(count) faces in the picture, and one was asked for."
    case .noSuchFace(let number, let count):
      "There is no face \(number): \(count == 1 ? "one face was" : "\(count) faces were") found in the picture."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
