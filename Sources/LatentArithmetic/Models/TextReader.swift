import LatentCore
import Synchronization

/// Finds what texts mean: common words in a table, all others by a sentence encoder, each once.
package final class TextReader: Sendable {
  /// A sentence encoder.
  package struct Encoder: Sendable {
    let featureSize: Int
    let hasWord: @Sendable (String) -> Bool
    let feature: @Sendable (String) -> [Float]?

    /// Describes an encoder.
    ///
    /// - Parameters:
    ///   - featureSize: How many numbers a feature has.
    ///   - hasWord: Whether its vocabulary has a word whole; it has all where nothing is known of that.
    ///   - feature: The feature of a text; nil where it cannot be had.
    package init(
      featureSize: Int, hasWord: @escaping @Sendable (String) -> Bool = { _ in true },
      feature: @escaping @Sendable (String) -> [Float]?
    ) {
      (self.featureSize, self.hasWord, self.feature) = (featureSize, hasWord, feature)
    }
  }

  let projector: TextProjector
  let encoder: Encoder?
  private let threads: Int
  private let read = Mutex<[String: TextMeaning]>([:])
  /// Bounds the memory of long runs.
  private static let mostRead = 1000

  /// - Throws: ``ModelError/wrongWordVectors(expected:got:)`` when the encoder's features are of another length than those
  ///   that the projector was trained with.
  init(_ projector: TextProjector, encoder: Encoder?, threads: Int) throws(ModelError) {
    if let encoder, encoder.featureSize != projector.dimension {
      throw .wrongWordVectors(expected: projector.dimension, got: encoder.featureSize)
    }
    (self.projector, self.encoder, self.threads) = (projector, encoder, threads)
  }

  /// What a text means; nil where it is empty, or in no table and there is no encoder.
  func meaning(of text: String) -> TextMeaning? {
    if let position = projector.words.position(of: text) { return projector.meaning(ofWordAt: position) }
    let text = Self.normalized(text)
    if let position = projector.words.position(of: text) { return projector.meaning(ofWordAt: position) }
    if let known = read.withLock({ $0[text] }) { return known }
    let parts = Self.clauses(of: text).compactMap { clause -> TextMeaning? in
      if let position = projector.words.position(of: clause) {
        return projector.meaning(ofWordAt: position)
      }
      return encoder?.feature(clause).map { projector.meaning(of: $0, threads: threads) }
    }
    guard let meaning = TextMeaning.sum(of: parts) else { return nil }
    read.withLock { read in
      if read.count >= Self.mostRead { read = [:] }
      read[text] = meaning
    }
    return meaning
  }

  /// The parts of a normalized text that are read by themselves.
  ///
  /// Those of “a man with glasses and no hat” are “a man”, “with glasses” and “no hat”: a sentence encoder cannot say what of
  /// a sentence a negation is about.
  package static func clauses(of text: String) -> [String] {
    var clauses: [[Substring]] = [[]]
    for word in text.split(separator: " ") {
      let bare = word.filter { !",;.!?".contains($0) }
      if joins.contains(bare) {
        clauses.append([])
      } else if begins.contains(bare), clauses.last?.last.map({ !binding.contains(String($0)) }) ?? true {
        clauses.append([Substring(bare)])
      } else {
        if !bare.isEmpty { clauses[clauses.count - 1].append(Substring(bare)) }
        if bare.count < word.count { clauses.append([]) }
      }
    }
    return clauses.filter { !$0.isEmpty }.map { $0.joined(separator: " ") }
  }

  /// Words between clauses.
  private static let joins: Set<String> = ["and", "but", "plus", "&", "+"]
  /// Words that a clause begins with, unless it goes on after one of ``binding``.
  private static let begins: Set<String> = ["with", "without", "who", "which", "wearing", "having"]
  private static let binding: Set<String> = ["not", "never", "is", "isn't", "be", "being", "without"]

  /// A text in lower case with single spaces, and none around it.
  package static func normalized(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
