import Foundation
import LatentArithmetic

/// What can go wrong with a folder of images and its lists.
public enum DatasetError: Error, Equatable, Sendable {
  /// The folder of images does not exist.
  case folderMissing(path: String)
  /// There is a file, a photo for example, in the place of the folder of images.
  case notAFolder(path: String)
  /// The folder holds no image file that is read.
  case noImages(path: String)
  /// A list is malformed in a line, from 1, and at a byte, from 0, where the row or the field begins; `expected` and
  /// `got` are fragments of a sentence.
  case malformedList(file: String, line: Int, byte: Int, expected: String, got: String)
  /// A data set was to be begun in a folder that already holds one, or other files.
  case folderInUse(path: String)
  /// The run to be continued was made with other settings.
  case otherSettings(path: String, expected: String, got: String)
}

extension DatasetError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was found.
  public var description: String {
    switch self {
    case .folderMissing(let path): "There is no folder “\(path)”."
    case .notAFolder(let path): "“\(path)” is a file, where a folder of images is expected."
    case .noImages(let path):
      "The folder “\(path)” holds no image: no name ends in "
        + ImageCodec.readExtensions.sorted().map { "." + $0 }.joined(separator: ", ") + "."
    case .malformedList(let file, let line, let byte, let expected, let got):
      "“\(file)”, line \(line), byte \(byte): expected \(expected), got \(got)."
    case .folderInUse(let path):
      "“\(path)” already holds a data set or other files; resume it, or choose another folder."
    case .otherSettings(let path, let expected, let got):
      "“\(path)” was begun with \(got), not \(expected)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
