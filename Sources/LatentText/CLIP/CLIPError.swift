import Foundation
import LatentArithmetic
import LatentCore

/// Why a CLIP, or a text for it, was refused.
public enum CLIPError: Error, Equatable, Sendable {
  /// The configuration beside the tensors is not one of CLIP.
  case configurationMalformed(file: String)
  /// The configuration names an activation other than `quick_gelu` and `gelu`, or two.
  case activationUnknown(file: String, got: [String])
  /// A tower's heads do not divide its channels.
  case headsDoNotFit(file: String, heads: Int, width: Int)
  /// The file is no list of merges; `line` counts from 1.
  case mergesMalformed(file: String, line: Int, reason: String)
  /// The merges make another number of tokens than the checkpoint has.
  case vocabularyMismatch(file: String, expected: Int, got: Int)
  /// Texts are given to a model that was opened without a list of merges.
  case mergesMissing
  /// The text has more tokens, with its start and its end, than the model reads.
  case textTooLong(text: String, expected: Int, got: Int)
}

extension CLIPError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was got.
  public var description: String {
    switch self {
    case .configurationMalformed(let file): "“\(file)” is no configuration of CLIP."
    case .activationUnknown(let file, let got):
      "“\(file)” names the activation \(got.joined(separator: ", ")), not “quick_gelu” or “gelu”."
    case .headsDoNotFit(let file, let heads, let width):
      "“\(file)” has \(heads) heads of attention, which do not divide its \(width) channels."
    case .mergesMalformed(let file, let line, let reason):
      "“\(file)” is no list of merges: line \(line) \(reason)."
    case .vocabularyMismatch(let file, let expected, let got):
      "“\(file)” makes \(got, "token"), and the model has \(expected)."
    case .mergesMissing:
      "Texts need the list of merges, “bpe_simple_vocab_16e6.txt.gz” or “merges.txt”, which was neither given nor beside the model."
    case .textTooLong(let text, let expected, let got):
      "“\(text.prefix(60))” has \(got, "token"), and the model reads at most \(expected)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
