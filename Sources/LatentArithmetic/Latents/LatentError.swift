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
      "“\(file)” holds \(got.count == 1 ? "a tensor of shape \(got[0])\(Self.space(of: got[0]))" : "\(got.count, "tensor")"), "
        + "not one tensor of codes of \(expected, "number")."
    }
  }

  public var errorDescription: String? { description }

  /// Which space of a StyleGAN codes of a shape are usually of, as an insertion in a sentence.
  private static func space(of shape: [Int]) -> String {
    guard let width = shape.last, width == 512 else { return "" }
    let rows = shape.dropLast().last { $0 != 1 } ?? 1
    if rows == 1 { return ", Z or W of a StyleGAN" }
    // Two vectors for each size from 4 pixels on, and one more for the colors of the last.
    guard rows.isMultiple(of: 2), (8...18).contains(rows) else { return "" }
    return ", W⁺ of a StyleGAN2 of \(1 << (rows / 2 + 1)) pixels"
  }
}
