import Foundation

/// Why a training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The folder holds a checkpoint, and resuming was not asked for.
  case unfinished(folder: String)
  /// Resuming was asked for, and the folder holds no checkpoint.
  case nothingToResume(folder: String)
  /// A file that should be a checkpoint lacks what one has.
  case notACheckpoint(path: String)
  /// The checkpoint belongs to a training with another recipe, seed or data.
  case otherTraining(expected: String, got: String)
  /// There are too few pictures for a batch, or for a pair.
  case tooFewPictures(expected: Int, got: Int)
  /// The data has no attributes to learn words from.
  case noAttributes(folder: String)
  /// A loss or a tensor is no longer finite after a step; `place` is a clause that names it, and `kept` the step of the
  /// checkpoint that is there, nil where there is none.
  case diverged(step: Int, place: String, kept: Int?)
  /// A checkpoint holds numbers that are not finite; each place is a tensor with the first such element.
  case checkpointNotFinite(path: String, places: [String])
  /// The encoder's code of a picture is not finite, or so large that the covariance of all codes is not.
  case codesNotFinite(picture: String?)
  /// The projector or the word vectors are so large that calibration leaves the range of numbers.
  case calibrationNotFinite
  /// Every attribute is the same in all pictures.
  case noVariation
  /// None of the attributes' words is among the word vectors.
  case noWords

  public var description: String {
    switch self {
    case .unfinished(let folder):
      "“\(folder)” holds a training already; continue it with --resume, or remove the folder."
    case .nothingToResume(let folder): "“\(folder)” holds no checkpoint to resume from."
    case .notACheckpoint(let path): "“\(path)” is not a training checkpoint."
    case .otherTraining(let expected, let got):
      "The checkpoint belongs to another training: expected \(expected), got \(got)."
    case .tooFewPictures(let expected, let got):
      "The training takes at least \(expected) pictures, and there are only \(got)."
    case .noAttributes(let folder):
      "“\(folder)” has neither list_attr_celeba, .txt or .csv, nor attributes.csv to learn words from."
    case .diverged(let step, let place, let kept):
      "The training diverged in step \(step): \(place); "
        + (kept.map { "the checkpoint of step \($0) is kept." } ?? "there is no checkpoint yet.")
    case .checkpointNotFinite(let path, let places):
      "The checkpoint “\(path)” holds numbers that are not finite: \(places.firstFew)."
    case .codesNotFinite(let picture):
      "The encoder gives \(picture.map { "“\($0)” a code" } ?? "codes") beyond the range of numbers; train it again."
    case .calibrationNotFinite:
      "The words cannot be calibrated: projector or word vectors are beyond the range of numbers."
    case .noVariation: "Every attribute is the same in all pictures, so there is nothing to learn words from."
    case .noWords: "None of the attributes' words is in the word file."
    }
  }

  public var errorDescription: String? { description }
}
