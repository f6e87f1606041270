import LatentCore
import Foundation

/// Why codes and directions cannot be had, or cannot be followed.
public enum LatentError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The edit leads farther than any generator's codes reach.
  case tooFar
  /// θ is infinite or not a number.
  case thetaNotFinite(word: String, theta: Float)
  /// One word is given twice, in different spellings.
  case wordTwice(String, String)
  /// A file holds no codes of the generator; `got` are the shapes of its tensors.
  case otherCodes(file: String, expected: Int, got: [[Int]])

  public var description: String {
    switch self {
    case .tooFar: "The edit leads beyond all codes; a smaller θ or strength is expected."
    case .thetaNotFinite(let word, let theta): "θ of “\(word)” is \(theta); it must be a finite number."
    case .wordTwice(let first, let second):
      "“\(first)” and “\(second)” are one word, which is given two values of θ."
    case .otherCodes(let file, let expected, let got):
      "“\(file)” holds \(got.count == 1 ? "a tensor of shape \(got[0])" : "\(got.count, "tensor")"), not one tensor of "
        + "codes of \(expected, "number")."
    }
  }

  public var errorDescription: String? { description }
}
