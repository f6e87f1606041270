import Foundation
import LatentCore

extension WordVectors {
  /// Reads a file of word vectors, whose form its bytes tell.
  ///
  /// | form | how it is known |
  /// |---|---|
  /// | gzip of any but the library's own | the first two bytes |
  /// | the library's own, written by ``write(to:)`` | the first eight bytes |
  /// | word2vec, binary | two integers in the first line, and then no line of text that holds a number |
  /// | word2vec and fastText (`.vec`), text | two integers in the first line |
  /// | GloVe | all else |
  ///
  /// The library's own form is mapped into memory and read where it is looked up; all others are read at once. Text
  /// holds one word a line and its values after it, all separated by blanks; blanks at the end of a line and empty
  /// lines do not count. Values are counted from the right, since words may hold blanks (GloVe 840B has `. . .`), and
  /// are rounded correctly.
  ///
  /// A byte order mark before the first word is passed over, and a file that is none of these is named for what it is,
  /// an archive or a text in UTF-16 for example.
  ///
  /// In every form the first vector is kept of a word that comes twice, bytes of a word that are not UTF-8 are
  /// replaced, and a word may be empty, as some files have one.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - limits: The most that it may ask for.
  ///   - threads: The most threads to use; the result does not depend on it.
  /// - Throws: `FileError` when the file cannot be read, ``WordVectorsError`` with the place when it is malformed.
  public init(
    contentsOf url: URL, limits: Limits = Limits(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let file = try MappedFile(contentsOf: url)
    let name = url.lastPathComponent
    image = try file.withBytes { bytes throws(WordVectorsError) in
      if bytes.starts(with: WordImage.Layout.magic) {
        return try WordImage(.mapped(file), name: name, limits: limits)
      }
      return try Self.image(of: bytes, name: name, limits: limits, threads: threads)
    }
  }

  /// Reads the contents of such a file.
  ///
  /// - Parameters:
  ///   - contents: The whole file.
  ///   - name: What errors call it.
  ///   - limits: The most that it may ask for.
  ///   - threads: The most threads to use; the result does not depend on it.
  /// - Throws: ``WordVectorsError`` with the place when it is malformed.
  public init(
    contents: Data, name: String, limits: Limits = Limits(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(WordVectorsError) {
    image = try contents.withRawBytes { bytes throws(WordVectorsError) in
      try Self.image(of: bytes, name: name, limits: limits, threads: threads)
    }
  }

  /// Writes the vectors in the library's own form, which opens at once and is read where it is looked up.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL) throws {
    try AtomicFile.write(to: url) { output throws(FileError) in
      try image.withBytes { bytes throws(FileError) in try output.write(bytes) }
    }
  }

  /// What a file is that holds tensors or Python's objects.
  private static func clause(ofTensors bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
      return "a Python pickle, as gensim saves: write the vectors by save_word2vec_format"
    }
    return bytes.starts(with: [0x93] + Array("NUMPY".utf8))
      ? "an array of NumPy without the words: give the text or binary form that has both" : nil
  }

  private static func image(
    of bytes: UnsafeRawBufferPointer, name: String, limits: Limits, threads: Int
  ) throws(WordVectorsError) -> WordImage {
    var input = try WordInput(bytes, name: name, limits: limits)
    if input.window.starts(with: WordImage.Layout.magic) {
      // To be read where it is looked up, it has to lie there as it is.
      guard !input.isCompressed else {
        throw .malformedImage(
          name: name, offset: 0, expected: "the library's own form as it was written", got: "a compressed one"
        )
      }
      return try WordImage(.memory(Data(bytes)), name: name, limits: limits)
    }
    if let clause = ForeignFile.clause(input.window) ?? Self.clause(ofTensors: input.window) {
      throw .foreign(name: name, clause: clause)
    }
    try input.advance(by: input.window.count - input.window.withoutByteOrderMark.count)
    guard let header = WordHeader(input.window) else {
      return try input.read(by: WordTextReader(name: name, limits: limits, header: nil, threads: threads))
    }
    try limits.check(.words, header.count, name: name, offset: 0)
    try limits.check(.dimension, header.dimension, name: name, offset: 0)
    let rest = UnsafeRawBufferPointer(rebasing: input.window[header.length...])
    let isText = header.isText(after: rest, longestLine: limits.lineBytes)
    try input.advance(by: header.length)
    return isText
      ? try input.read(by: WordTextReader(name: name, limits: limits, header: header, threads: threads))
      : try input.read(by: WordBinaryReader(name: name, limits: limits, header: header))
  }
}
