import LatentCore
import Foundation

/// What can go wrong with a file of word vectors, or with a word looked up in it.
///
/// Offsets count bytes from the start of the file; for a file that is compressed by gzip, bytes of what it inflates to.
public enum WordVectorsError: Error, Equatable, Sendable {
  /// The file holds no vectors at all.
  case empty(name: String)
  /// A line does not hold as many numbers as the first line, or the header, says.
  case wrongValueCount(name: String, line: Int, offset: Int, expected: Int, got: Int)
  /// The file is damaged, or asks for more than is read, at `offset`; `sentence` says what was expected and found.
  case malformed(name: String, offset: Int, sentence: String)
  /// The word has no vector; `suggestions` are the words spelt most like it.
  case unknownWord(String, suggestions: [String])
}

extension WordVectorsError {
  /// A value of a text file, which begins at `offset`, is not a finite number.
  package static func notANumber(name: String, line: Int, offset: Int, text: String) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)”, line \(line) (byte \(offset)): expected a finite number, got “\(text)”.")
  }

  /// A value of a binary file, which begins at `offset`, is infinite or no number.
  package static func notFinite(name: String, offset: Int, word: String) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)”, byte \(offset): expected a finite number in the vector of “\(word)”, got none.")
  }

  /// The header announces another number of words than there are before `offset`, where the file ends.
  package static func wrongWordCount(name: String, offset: Int, expected: Int, got: Int) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence:
        "“\(name)” announces \(expected, "word") in its first line but holds \(got) until byte \(offset), its end."
    )
  }

  /// A binary file ends at `offset`, within the word after the first `words`; `expected` is their number.
  package static func truncated(name: String, offset: Int, expected: Int, words: Int) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)” is cut off at byte \(offset): expected \(expected, "word"), got \(words).")
  }

  /// A binary file goes on at `offset`, after its last word.
  package static func trailingBytes(name: String, offset: Int) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)”, byte \(offset): expected the end after the last word, got more.")
  }

  /// A file written by `WordVectors.write` is damaged, or of a later version.
  package static func malformedImage(name: String, offset: Int, expected: String, got: String) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)”, byte \(offset): expected \(expected), got \(got).")
  }

  /// The file is of another kind; `clause` says of which, and what to do.
  package static func foreign(name: String, clause: String) -> Self {
    .malformed(name: name, offset: 0, sentence: "“\(name)” is \(clause).")
  }

  /// A compressed file cannot be inflated; here `offset` counts bytes of the file itself.
  package static func notInflatable(name: String, offset: Int, reason: String) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)” cannot be inflated at byte \(offset): \(reason).")
  }

  /// The file asks for more than ``WordVectors/Limits`` allow.
  package static func beyondLimit(name: String, offset: Int, what: String, limit: Int, got: Int) -> Self {
    .malformed(
      name: name, offset: offset,
      sentence: "“\(name)”, byte \(offset): expected at most \(limit) \(what), got \(got).")
  }
}

extension WordVectorsError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was found.
  public var description: String {
    switch self {
    case .empty(let name): "“\(name)” holds no word vectors."
    case .wrongValueCount(let name, let line, let offset, let expected, let got):
      "“\(name)”, line \(line) (byte \(offset)): expected \(expected, "number") after the word, got \(got)."
    case .malformed(_, _, let sentence): sentence
    case .unknownWord(let word, let suggestions) where suggestions.isEmpty: "The word “\(word)” is not known."
    case .unknownWord(let word, let suggestions):
      "The word “\(word)” is not known; similar ones are \(suggestions.map { "“\($0)”" }.joined(separator: ", "))."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
