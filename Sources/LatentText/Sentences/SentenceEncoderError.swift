import Foundation
import LatentCore

/// A folder or a file holds no sentence encoder that can be run.
public struct SentenceEncoderError: Error, Equatable, Sendable {
  /// What is wrong with a file.
  public enum Fault: Equatable, Sendable {
    /// None of these files is there.
    case missing([String])
    /// The file is not what it should be: the whole clause but the file, `lacks the token “[CLS]”`.
    case malformed(file: String, reason: String)
    /// The file says something that is not supported; `got` is nil where it says nothing.
    case unsupported(file: String, key: String, expected: String, got: String?)
    /// A tensor is not the network's.
    case weight(WeightFault)
  }

  /// The path.
  public let folder: String
  /// Everything that does not fit.
  public let faults: [Fault]

  init(folder: String, faults: [Fault]) { (self.folder, self.faults) = (folder, faults) }
}

extension SentenceEncoderError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with the first faults and how many more there are.
  public var description: String {
    "“\(folder)” is no sentence encoder of the BERT family: \(faults.firstClauses)."
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}

extension SentenceEncoderError.Fault: CustomStringConvertible {
  /// One clause for a person.
  public var description: String {
    switch self {
    case .missing(let files): "\(files.joined(separator: " or ")) is missing"
    case .malformed(let file, let reason): "\(file) \(reason)"
    case .unsupported(let file, let key, let expected, let got?):
      "\(file) says \(key) “\(got.prefix(80))”, not \(expected)"
    case .unsupported(let file, let key, let expected, nil):
      "\(file) says nothing of \(key), which has to be \(expected)"
    case .weight(let fault): "\(fault)"
    }
  }
}
