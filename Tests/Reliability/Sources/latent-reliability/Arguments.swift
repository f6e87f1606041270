/// The words of the command line that nobody has taken yet.
struct Arguments {
  private var rest: [String]

  init(_ words: some Sequence<String>) { rest = Array(words) }

  /// Takes the first word, empty where there is none.
  mutating func takeFirst() -> String { rest.isEmpty ? "" : rest.removeFirst() }

  /// Takes an option's number.
  mutating func take(_ name: String, or usual: Int) throws -> Int {
    guard let index = rest.firstIndex(of: name) else { return usual }
    guard index + 1 < rest.count, let value = Int(rest[index + 1]), value > 0 else {
      throw Finding("\(name) takes a number above zero.")
    }
    rest.removeSubrange(index...index + 1)
    return value
  }

  /// Takes a flag; false where it is absent.
  mutating func takeFlag(_ name: String) -> Bool {
    guard let index = rest.firstIndex(of: name) else { return false }
    rest.remove(at: index)
    return true
  }

  /// Makes sure that all words were taken.
  func finish(_ usage: String) throws {
    if let word = rest.first { throw Finding("“\(word)” is not understood.\n\(usage)") }
  }
}
