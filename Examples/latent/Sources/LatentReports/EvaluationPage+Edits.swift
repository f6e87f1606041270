import LatentTraining

extension EvaluationReport.Edits {
  /// What the photos that users get are worth, as a section of the page.
  var section: String {
    let elements = [
      overview.html, "<h3>Words added, θ = 1</h3>", Self.table(of: added),
      "<h3>Words taken off, θ = −1</h3>", Self.table(of: removed), "<h3>By who is seen</h3>",
      table(of: groups),
    ]
    return EvaluationReport.section(
      "What users get",
      """
      \(photos) photos that no training saw, edited at their own resolution (rendering \(rendering)), and judged by \
      a scorer that cuts the face out of the finished photo. Success is the share of photos without the word, by label \
      and by scorer, in which the scorer finds it after the edit; its share of real photos is success divided by recall, \
      the share of real photos with the word in which the scorer finds it, and at most 100 %. An edit names itself where \
      the word’s own attribute changes most, in units of its spread over photos. Leakage is the median over photos of the \
      mean change of the other attributes per change of the word’s own, in the same units. A person is the same where \
      a face network finds the photos before and after more alike than one in a hundred pairs of different people. \
      Intervals hold nineteen in twenty samples of the photos.
      """, elements)
  }

  private var overview: HTMLTable {
    HTMLTable(
      columns: [.init("Mean over words"), .init("Value")],
      rows: [
        [.text("Share of real photos, %"), .text(share.percent)],
        [.text("Words at nine tenths of real photos or more"), .text("\(wordsNearReal) of \(added.count)")],
        [.text("Names itself, %"), .share(namesItself)], [.text("Leakage"), .number(leakage, digits: 2)],
        [.text("Same person, but for male and young, %"), .share(samePerson)],
        [.text("Pixels changed outside the frame, %"), .share(changedOutside)],
        [.text("Taken off, share of real photos, %"), .text(removedShare.percent)],
      ])
  }

  private static func table(of words: [Word]) -> String {
    HTMLTable(
      columns: [
        .init("Word"), .init("Attribute"), .init("Photos"), .init("Success", unit: "%"),
        .init("Recall", unit: "%"),
        .init("Share of real photos", unit: "%"), .init("Names itself", unit: "%"), .init("Leakage"),
        .init("Same person", unit: "%"), .init("Changed outside", unit: "%"),
      ],
      rows: words.map { word in
        [
          .text(word.word), .text(word.attribute), .count(word.photos), .share(word.success),
          .share(word.recall),
          .share(word.share), .share(word.namesItself), .number(word.leakage, digits: 2),
          .share(word.samePerson),
          .share(word.changedOutside),
        ]
      }
    ).html
  }

  private func table(of groups: [Group]) -> String {
    HTMLTable(
      columns: [
        .init("Photos of"), .init("Photos"), .init("Words"), .init("Share of real photos", unit: "%"),
        .init("Same person", unit: "%"),
      ],
      rows: groups.map { group in
        [
          .text(group.name), .count(group.photos), .count(group.words), .text(group.share.percent),
          .share(group.samePerson),
        ]
      }
    ).html
  }
}

extension EvaluationReport.Edits.Interval {
  /// The mean and the interval about it in per cent.
  fileprivate var percent: String {
    func text(_ value: Double?) -> String { value.map { $0 * 100 }.formatted(digits: 1) }
    return "\(text(mean)) (\(text(low)) to \(text(high)))"
  }
}
