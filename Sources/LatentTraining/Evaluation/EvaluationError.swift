import LatentCore
import Foundation

/// Why a model cannot be measured.
public enum EvaluationError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// A split of the data set has too few photos with labels.
  case tooFewPhotos(ImageDataset.Split, expected: Int, got: Int)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .tooFewPhotos(let split, let expected, let got):
      "Measuring takes at least \(expected, "photo") with labels in the \(split.rawValue) split, and there are \(got)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
