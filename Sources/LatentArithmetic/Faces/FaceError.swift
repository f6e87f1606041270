import Foundation

/// Why the face of an image cannot be had.
public enum FaceError: Error, Equatable, Sendable {
  /// The detector's networks are not in the folder.
  case modelsMissing(folder: String)
  /// There is no face in the image.
  case noFace
  /// An aligned CelebA photo, 178×218 pixels, was said to be given.
  case notAligned(width: Int, height: Int)
  /// The image has fewer faces than the number asked for, counted from 1.
  case noSuchFace(number: Int, count: Int)
}

extension FaceError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .modelsMissing(let folder):
      "Faces cannot be found without the detector's networks in “\(folder)”: `make models` puts them there."
    case .noFace: "There is no face in the image."
    case .notAligned(let width, let height):
      "An aligned CelebA photo has 178×218 pixels, not \(width)×\(height)."
    case .noSuchFace(let number, let count):
      "There is no face \(number): \(count == 1 ? "one face was" : "\(count) faces were") found in the image."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
