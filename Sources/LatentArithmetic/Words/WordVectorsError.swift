import Foundation

/// What can go wrong with a file of word vectors, or with a word looked up in it.
public enum WordVectorsError: Error, Equatable, Sendable {
  /// The file holds no vectors at all.
  case empty(name: String)
  /// A line does not hold as many numbers as the first line, or the header, says.
  case wrongValueCount(name: String, line: Int, expected: Int, got: Int)
  /// A line begins with a blank, where its word should be.
  case missingWord(name: String, line: Int)
  /// A value is not a finite number.
  case notANumber(name: String, line: Int, text: String)
  /// The header announces another number of words than there are lines.
  case wrongWordCount(name: String, expected: Int, got: Int)
  /// The word has no vector; `suggestions` are the words spelt most like it.
  case unknownWord(String, suggestions: [String])
}

extension WordVectorsError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person, with what was expected and what was found.
  public var description: String {
    switch self {
    case .empty(let name): "“\(name)” holds no word vectors."
    case .wrongValueCount(let name, let line, let expected, let got):
      "“\(name)”, line \(line): expected \(expected) numbers after the word, got \(got)."
    case .missingWord(let name, let line): "“\(name)”, line \(line): expected a word before the numbers."
    case .notANumber(let name, let line, let text):
      "“\(name)”, line \(line): expected a finite number, got “\(text)”."
    case .wrongWordCount(let name, let expected, let got):
      "“\(name)” announces \(expected) words in its first line but holds \(got)."
    case .unknownWord(let word, let suggestions) where suggestions.isEmpty: "The word “\(word)” is not known."
    case .unknownWord(let word, let suggestions):
      "The word “\(word)” is not known; similar ones are \(suggestions.map { "“\($0)”" }.joined(separator: ", "))."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
