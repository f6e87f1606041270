import Foundation

/// What can go wrong between a path and the bytes behind it, whatever the format of the file.
public enum FileError: Error, Equatable, Sendable {
  /// There is no file at `path`.
  case notFound(path: String)
  /// The folder at `path`, in which a file was to be written, does not exist.
  case folderMissing(path: String)
  /// The file at `path` is there but cannot be read; `reason` is the system's sentence.
  case unreadable(path: String, reason: String)
  /// There is a file at `path` already, which is not to be replaced.
  case alreadyThere(path: String)
  /// The file at `path` could not be written, and what was there before is untouched.
  case writeFailed(path: String, reason: String)
}

extension FileError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with the path.
  public var description: String {
    switch self {
    case .notFound(let path): "The file “\(path)” does not exist."
    case .folderMissing(let path): "The folder “\(path)” does not exist."
    case .unreadable(let path, let reason): "The file “\(path)” cannot be read: \(reason)."
    case .alreadyThere(let path): "The file “\(path)” is there already and is not replaced."
    case .writeFailed(let path, let reason): "The file “\(path)” could not be written: \(reason)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}

extension FileError {
  /// The system's sentence for an error number, without a full stop.
  package static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
