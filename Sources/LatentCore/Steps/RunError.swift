import Foundation

/// Why a run of steps cannot begin or go on.
public enum RunError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The folder holds a checkpoint, and resuming was not asked for.
  case unfinished(folder: String)
  /// Resuming was asked for, and the folder holds no checkpoint.
  case nothingToResume(folder: String)
  /// A file that should be a checkpoint lacks what one has.
  case notACheckpoint(path: String)
  /// The checkpoint at `path` was made by version `got` of this training, which is of version `expected` by now.
  case otherVersion(path: String, expected: Int, got: Int)
  /// The checkpoint belongs to a training with another recipe, seed or data.
  case otherTraining(expected: String, got: String)
  /// A loss or a tensor is no longer finite after a step; `place` is a clause that names it, and `kept` the step of the
  /// checkpoint that is there, nil where there is none.
  case diverged(step: Int, place: String, kept: Int?)
  /// A checkpoint holds numbers that are not finite; each place is a tensor with the first such element.
  case checkpointNotFinite(path: String, places: [String])

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .unfinished(let folder):
      "“\(folder)” holds a training already; resume it, or remove the folder."
    case .nothingToResume(let folder): "“\(folder)” holds no checkpoint to resume from."
    case .notACheckpoint(let path): "“\(path)” is not a training checkpoint."
    case .otherVersion(let path, let expected, let got):
      "“\(path)” was made by version \(got) of this training, and this is version \(expected)."
    case .otherTraining(let expected, let got):
      "The checkpoint belongs to another training: expected \(expected), got \(got)."
    case .diverged(let step, let place, let kept):
      "The training diverged in step \(step): \(place); "
        + (kept.map { "the checkpoint of step \($0) is kept." } ?? "there is no checkpoint yet.")
    case .checkpointNotFinite(let path, let places):
      "The checkpoint “\(path)” holds numbers that are not finite: \(places.firstFew)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
