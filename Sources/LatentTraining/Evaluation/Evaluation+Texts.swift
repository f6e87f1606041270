import LatentArithmetic
import LatentText

extension Evaluation {
  /// How many photos are edited by a text.
  private static let photosPerText = 20

  /// Measures what texts do that the model's projector of texts was not trained on, beside the words of the attributes that
  /// they are about: whole synonyms, phrases of forms that were held back, and negations.
  ///
  /// Texts that say something is absent are measured on photos that have it.
  ///
  /// - Parameter texts: A sentence encoder of the space that the projector was trained in.
  /// - Returns: What words, phrases and negations do.
  /// - Throws: `CancellationError` when the task is cancelled; `ModelError`, `WordVectorsError`, `LatentError`.
  public func measureTexts(by texts: any TextModel) throws -> [EvaluationReport.Texts] {
    let reader = try WordProjector(model, texts: texts, threads: threads)
    let held = AttributeTexts(attributeNames: dataset.attributeNames).heldExamples
    return try HeldBackTexts.allCases.map { kind in
      let pairs = try ranks.sharing(words.count) { index in
        try advance("held-back \(kind.rawValue)", index + 1, of: words.count)
        let entry = words[index]
        return try kind.chosen(from: held, about: entry.attributeIndex).map { text in
          let isDenied = text.meant.isReversed != entry.isReversed
          let target = isDenied ? targets[index].opposite : targets[index]
          let own = try projector.direction(for: entry.word)
          func report(along direction: Direction<ZSpace>) throws -> EvaluationReport.Edits.Word {
            try effect(of: index, target: target, along: direction, onAtMost: Self.photosPerText).report
          }
          return TextBesideWord(
            text: try report(along: reader.direction(for: text.text)),
            word: try report(along: isDenied ? -1 * own : own))
        }
      }.flatMap { $0 }
      func part(_ value: (EvaluationReport.Edits.Word) -> Double?) -> Double? {
        let known = pairs.compactMap { pair in
          value(pair.text).flatMap { text in value(pair.word).map { (text, $0) } }
        }
        return (known.map(\.0).mean / known.map(\.1).mean).ifFinite
      }
      return EvaluationReport.Texts(
        kind: kind.rawValue, texts: pairs.count, share: part(\.share), namesItself: part(\.namesItself))
    }
  }
}

/// What a text did, and what the word of its attribute does to the same photos.
private struct TextBesideWord: Codable {
  let text: EvaluationReport.Edits.Word
  let word: EvaluationReport.Edits.Word
}

/// The kinds of texts that are held back from training.
enum HeldBackTexts: String, CaseIterable {
  case words, phrases, negations

  /// How many texts of a kind an attribute is measured by.
  private static let perAttribute = 2

  private func includes(_ text: AttributeTexts.Example) -> Bool {
    switch self {
    case .words: text.isBare
    case .phrases: !text.isBare && !text.isNegated
    case .negations: text.isNegated
    }
  }

  /// Two texts about an attribute, evenly from all, so that every text and form has its chance.
  func chosen(from held: [AttributeTexts.Example], about attribute: Int) -> [AttributeTexts.Example] {
    let all = held.filter { $0.target.attribute == attribute && includes($0) }
    let count = min(Self.perAttribute, all.count)
    return (0..<count).map { all[(2 * $0 + 1) * all.count / (2 * count)] }
  }
}
