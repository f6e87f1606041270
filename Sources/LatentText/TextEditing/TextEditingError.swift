import Foundation
import LatentArithmetic
import LatentCore

/// Why a text cannot drive an edit.
public enum TextEditingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// Two texts have the same feature, so that there is no direction from one to the other.
  case sameMeaning(String, String)
  /// No channel is as relevant to the text as is asked for; `most` is the relevance of the most relevant one.
  case noChannel(threshold: Float, most: Float)
  /// A table of relevances or statistics is of another generator or model than it is used with.
  case otherTable(expected: [Int], got: [Int])
  /// A generator has no such layer, or the layer no such channel; both are counted from 0.
  case channelMissing(layer: Int, channel: Int)
  /// The file is a safetensors file, but no mapper of this library for codes of the space.
  case notAMapper(name: String, space: String)
  /// There are too few codes for a batch.
  case tooFewCodes(expected: Int, got: Int)
  /// Relevances of a painter's directions take faces whose edits are painted.
  case notPainted
  /// A recipe weighs who is shown, and no model tells who that is.
  case identityModelMissing(weight: Float)

  public var description: String {
    switch self {
    case .sameMeaning(let neutral, let target):
      "The model takes “\(target)” to say no more than “\(neutral)”; there is nothing to change."
    case .noChannel(let threshold, let most):
      "No channel or direction has a relevance of \(threshold) or more; the most relevant one has \(most)."
    case .channelMissing(let layer, let channel):
      "The generator has no channel \(channel) in a layer \(layer); both are counted from 0, layers of colors included."
    case .notAMapper(let name, let space):
      "“\(name)” is not a mapper of LatentArithmetic for the space \(space)."
    case .tooFewCodes(let expected, let got):
      "The training takes at least \(expected) codes, and there are only \(got)."
    case .identityModelMissing(let weight):
      "Who is shown is weighed by \(weight), which takes a model that recognizes faces; a weight of 0 does without."
    case .notPainted:
      "The relevance of directions is measured on faces in photos whose edits are painted, and here is none."
    case .otherTable(let expected, let got):
      "The table has shape \(got), and generator and model take one of \(expected)."
    }
  }

  public var errorDescription: String? { description }
}
