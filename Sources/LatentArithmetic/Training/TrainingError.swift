import Foundation

/// Why a training cannot begin.
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
  /// The encoder's codes hold infinities or no numbers.
  case codesNotFinite
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
    case .noAttributes(let folder): "“\(folder)” has no list_attr_celeba.txt to learn words from."
    case .codesNotFinite: "The encoder gives codes that are not finite numbers; train it again."
    case .noVariation: "Every attribute is the same in all pictures, so there is nothing to learn words from."
    case .noWords: "None of the attributes' words is in the word file."
    }
  }

  public var errorDescription: String? { description }
}
