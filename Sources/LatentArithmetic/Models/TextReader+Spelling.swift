import LatentCore

/// Texts that may have been meant by others.
extension TextReader {
  /// What may have been meant by a text, the likeliest first; nothing where it is read as it is spelt.
  ///
  /// A word that the encoder's vocabulary lacks is read by its pieces, which may say anything: “eyeglases” would be makeup, and
  /// surely so. Where words that mean something are spelt like such words, and the text says something else with them, that
  /// text is what may have been meant. Otherwise, of a text that means nothing, it is the words that are spelt most like it.
  func suggestions(for text: String) -> [String] {
    guard let meaning = meaning(of: text) else { return [] }
    let text = Self.normalized(text)
    let respelt = respelt(text).filter { self.meaning(of: $0)?.isLike(meaning) == false }
    if !respelt.isEmpty || meaning.namesSomething { return respelt }
    return projector.words.suggestions(for: text).filter { self.meaning(of: $0)?.isNothing != true }
  }

  /// The text with known words in the place of those that are misspelt.
  private func respelt(_ text: String) -> [String] {
    if projector.words.position(of: text) != nil { return [] }
    return (0..<Self.most).reduce(into: []) { texts, choice in
      let respelt = text.replacing(/[^ ,;.!?]+/) { word in
        let known = known(spelt: String(word.output))
        return known.isEmpty ? String(word.output) : known[min(choice, known.count - 1)]
      }
      if respelt != text, !texts.contains(respelt) { texts.append(respelt) }
    }
  }

  /// The words of the table that may be meant by a misspelt one: they mean something and are one slip away.
  private func known(spelt word: String) -> [String] {
    guard word.count >= Self.shortest, word.allSatisfy(\.isLetter), projector.words.position(of: word) == nil,
      encoder?.hasWord(word) == false
    else { return [] }
    return Array(
      projector.words.suggestions(for: word, count: 8, within: 1)
        .filter { meaning(of: $0)?.namesSomething == true && !$0.contains(" ") }.prefix(Self.most))
  }

  /// The most texts that are suggested.
  private static let most = 3
  /// Shorter words are like too many others.
  private static let shortest = 4
}

extension TextMeaning {
  /// Whether both change about the same.
  fileprivate func isLike(_ other: TextMeaning) -> Bool {
    zip(coordinates, other.coordinates).allSatisfy { abs($0 - $1) < 0.5 }
  }
}
