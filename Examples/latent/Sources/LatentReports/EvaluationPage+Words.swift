import LatentTraining

extension EvaluationReport {
  var wordsSection: String {
    var elements = [Self.table(of: words)]
    let thetas = Set(words.flatMap { ($0.steps ?? []).map(\.theta) }).sorted()
    if !thetas.isEmpty {
      elements += [
        "<h3>Share of photos with the attribute, along θ, in %</h3>",
        table(along: thetas) { .share($0?.success) },
        "<h3>Mean logit of the attribute, along θ</h3>",
        table(along: thetas) { .number($0?.score, digits: 2) },
      ]
    }
    return Self.section(
      "What words do",
      """
      Each word is added at θ = 1 to photos that lack it by label and by scorer, and the scorer, which knows no \
      generator, judges them. Success is the share that has the attribute then; monotony the share whose logit never \
      falls along θ; identity the mean cosine of face features before and after. Leakage is the change of \
      another attribute per change of the word’s own, each in units of the gap between photos with and \
      without it.
      """, elements)
  }

  var leakageSection: String {
    let own = words.map(\.attribute)
    let others = Set(words.flatMap(\.leakage.keys)).subtracting(own).sorted()
    var seen: Set<String> = []
    let attributes = own.filter { seen.insert($0).inserted } + others
    let table = HTMLTable(
      columns: [.init("Word")] + attributes.map { .init($0) },
      rows: words.map { word in
        [.text(word.word)]
          + attributes.map { attribute in
            guard let ratio = word.leakage[attribute] else { return .text("") }
            return .shaded(ratio, digits: 2)
          }
      }, isMatrix: true)
    return Self.section(
      "Leakage",
      "How an attribute (column) changes per change of a word’s own (row): blue rises with it, orange falls.",
      [table.html])
  }

  var baselinesSection: String {
    let methods = [(name: "Words", words: words)] + baselines.map { (name: $0.name, words: $0.words) }
    let comparison = HTMLTable(
      columns: [
        .init("Directions"), .init("Words"), .init("Success", unit: "%"), .init("Leakage, mean"),
        .init("Leakage, largest"), .init("Identity", unit: "cos"), .init("Monotony", unit: "%"),
      ],
      rows: methods.map { method in
        [
          .text(method.name), .count(method.words.count), .share(method.words.mean(\.success)),
          .number(method.words.mean(\.leakageMean), digits: 3),
          .number(method.words.mean(\.leakageMax), digits: 3),
          .number(method.words.mean(\.identity), digits: 3), .share(method.words.mean(\.monotony)),
        ]
      })
    let details = baselines.map { baseline in
      "<details><summary>\(baseline.name.escapedForHTML), word by word</summary>\n"
        + "\(Self.table(of: baseline.words))\n</details>"
    }
    return Self.section(
      "Beside other directions",
      """
      Means over words. Each other way is measured where it changes a word’s attribute as much as the word \
      does at θ = 1.
      """,
      [comparison.html] + details)
  }

  private static func table(of words: [Word]) -> String {
    HTMLTable(
      columns: [
        .init("Word"), .init("Attribute"), .init("Before", unit: "logit"), .init("Success", unit: "%"),
        .init("Leakage, mean"), .init("Leakage, largest"), .init("Identity", unit: "cos"),
        .init("Monotony", unit: "%"), .init("Photos"), .init("Calibration of θ"),
      ],
      rows: words.map { word in
        [
          .text(word.word), .text(word.attribute), .number(word.before, digits: 2), .share(word.success),
          .number(word.leakageMean, digits: 3), .number(word.leakageMax, digits: 3),
          .number(word.identity, digits: 3), .share(word.monotony), .count(word.photos),
          .text(word.thetaIsWeak.map { $0 ? "weak" : "good" } ?? "–"),
        ]
      }
    ).html
  }

  private func table(along thetas: [Double], _ cell: (Word.Step?) -> HTMLTable.Cell) -> String {
    HTMLTable(
      columns: [.init("Word")] + thetas.map { .init("θ = " + ($0 as Double?).formatted(digits: 2)) },
      rows: words.map { word in
        [.text(word.word)] + thetas.map { theta in cell(word.steps?.first { $0.theta == theta }) }
      }
    ).html
  }
}
