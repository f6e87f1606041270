import LatentArithmetic
import LatentText

extension Evaluation {
  /// How many photos are edited by a text.
  private static let photosPerText = 20
  /// How many texts of a kind an attribute is measured by.
  private static let textsPerAttribute = 2

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
    let kinds: [(name: String, isOne: (AttributeTexts.Example) -> Bool)] = [
      ("words", { $0.isBare }), ("phrases", { !$0.isBare && !$0.isNegated }), ("negations", { $0.isNegated }),
    ]
    return try kinds.map { kind in
      var pairs: [(text: WordEffect, word: WordEffect)] = []
      for (index, entry) in words.enumerated() {
        try advance("held-back \(kind.name)", index + 1, of: words.count)
        let all = held.filter { $0.target.attribute == entry.attributeIndex && kind.isOne($0) }
        // Evenly from all, so that every text and form has its chance.
        let chosen = (0..<min(Self.textsPerAttribute, all.count)).map {
          all[(2 * $0 + 1) * all.count / (2 * min(Self.textsPerAttribute, all.count))]
        }
        for text in chosen {
          let isDenied = (text.target.isReversed != text.isNegated) != entry.isReversed
          let target = isDenied ? targets[index].opposite : targets[index]
          let own = try projector.direction(for: entry.word)
          func effect(along direction: Direction<ZSpace>) throws -> WordEffect {
            try self.effect(of: index, target: target, along: direction, onAtMost: Self.photosPerText)
          }
          pairs.append(
            (
              try effect(along: reader.direction(for: text.text)),
              try effect(along: isDenied ? -1 * own : own)
            ))
        }
      }
      func part(_ value: (EvaluationReport.Edits.Word) -> Double?) -> Double? {
        let known = pairs.compactMap { pair in
          value(pair.text.report).flatMap { text in value(pair.word.report).map { (text, $0) } }
        }
        return (known.map(\.0).mean / known.map(\.1).mean).ifFinite
      }
      return EvaluationReport.Texts(
        kind: kind.name, texts: pairs.count, share: part(\.share), namesItself: part(\.namesItself))
    }
  }
}
