extension WordVectors {
  /// The most that a file of word vectors may ask for; a program that reads files of strangers may lower them.
  ///
  /// The memory that reading takes grows with the bytes that are there, or that come out of a compressed file, not
  /// with what a header promises.
  public struct Limits: Sendable, Equatable {
    /// The longest line of text, and the longest word of a binary file, in bytes.
    public var lineBytes = 1 << 20
    /// How many words there may be.
    public var words = 100_000_000
    /// How many values a vector may have.
    public var dimension = 65_536
    /// How many bytes all words may have together.
    public var wordBytes = 1 << 31
    /// How many bytes a compressed file may inflate to.
    public var inflatedBytes = 1 << 35

    /// The limits that are meant for files from a place that is trusted not to waste memory.
    public init() {}

    /// Which limit; the text is how an error calls what it counts.
    enum Kind: String {
      case lineBytes = "bytes in a line or word"
      case words = "words"
      case dimension = "values in a vector"
      case wordBytes = "bytes of words"
      case inflatedBytes = "bytes after inflation"
    }

    /// The limit itself, at most what can be counted.
    func most(_ kind: Kind) -> Int {
      switch kind {
      case .lineBytes: lineBytes
      case .words: min(words, WordImage.Layout.largest - 1)
      case .dimension: dimension
      case .wordBytes: min(wordBytes, WordImage.Layout.largest)
      case .inflatedBytes: inflatedBytes
      }
    }

    func check(_ kind: Kind, _ got: Int, name: String, offset: Int) throws(WordVectorsError) {
      guard got > most(kind) else { return }
      throw .beyondLimit(name: name, offset: offset, what: kind.rawValue, limit: most(kind), got: got)
    }
  }
}
