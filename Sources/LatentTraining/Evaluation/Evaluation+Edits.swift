import LatentArithmetic
import LatentCore
import LatentText

/// What a word did to the photos that users get.
struct WordEffect: Codable {
  let report: EvaluationReport.Edits.Word
  let found: ShareOfReal
  /// By the number of the photo whether the person stayed the same; empty without a face network.
  let samePerson: [Int: Bool]
}

extension Evaluation {
  /// What samples, pairs and texts are drawn by.
  static let seed: UInt64 = 1
  /// What people are asked to take off.
  private static let removable = [
    "Eyeglasses", "No_Beard", "Smiling", "Wearing_Hat", "Wearing_Lipstick", "Bangs",
  ]
  /// What makes another person of one.
  static let changingThePerson = ["Male", "Young"]

  /// Measures what each word does to the photos that users get, added and taken off, and nothing else.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; `WordVectorsError`, `LatentError`.
  public func measureEdits() throws -> EvaluationReport.Edits {
    let directions = try words.map { try projector.direction(for: $0.word) }
    let (features, person) = people
    func effects(_ name: String, _ chosen: [Int], sign: Float) throws -> [WordEffect] {
      try ranks.sharing(chosen.count) { index in
        try advance(name, index + 1, of: chosen.count)
        let word = chosen[index]
        return try effect(
          of: word, target: sign > 0 ? targets[word] : targets[word].opposite, along: sign * directions[word],
          features: features, person)
      }
    }
    let added = try effects("added words", Array(words.indices), sign: 1)
    let removed = try effects(
      "removed words", words.indices.filter { Self.removable.contains(attribute(of: $0)) }, sign: -1)
    let reports = added.map(\.report)
    return EvaluationReport.Edits(
      rendering: held.rendering.rawValue, photos: held.photos.count,
      share: interval(added.map(\.found)),
      wordsNearReal: reports.count { $0.share.map { $0 >= 0.9 } ?? false },
      namesItself: reports.compactMap(\.namesItself).mean.ifFinite,
      leakage: reports.compactMap(\.leakage).mean.ifFinite,
      samePerson: reports.filter { !Self.changingThePerson.contains($0.attribute) }
        .compactMap(\.samePerson).mean.ifFinite,
      personThreshold: person?.threshold,
      changedOutside: (reports + removed.map(\.report))
        .compactMap(\.changedOutside).mean.ifFinite,
      added: reports, removedShare: interval(removed.map(\.found)), removed: removed.map(\.report),
      groups: groups(of: added))
  }

  /// What a face network sees in the photos, and what tells whether a person stayed the same; nothing without a network.
  var people: (features: [FaceFeature]?, person: SamePerson?) {
    let features = features(
      of: held.photos.map { $0.image.recognizedFace(in: $0.frame, by: encoder.alignment) })
    return (
      features, features.flatMap { SamePerson(features: $0, identities: held.identities, seed: Self.seed) }
    )
  }

  func attribute(of word: Int) -> String { scorer.attributeNames[targets[word].attribute] }

  private func features(of faces: [Image]) -> [FaceFeature]? {
    recognizer.map { recognizer in faces.batches.flatMap { recognizer.features(of: Array($0)) } }
  }

  /// What a word's direction does to the photos that lack its target.
  func effect(
    of word: Int, target: AttributeTarget, along direction: Direction<ZSpace>, features: [FaceFeature]? = nil,
    _ person: SamePerson? = nil, onAtMost photos: Int? = nil
  ) throws -> WordEffect {
    let rows = held.lacking(target, atMost: photos ?? photosPerWord)
    return try effect(
      named: words[word].word, of: word, target: target, on: rows, along: rows.map { _ in direction },
      features: features, person)
  }

  /// What edits of some photos, each along a direction of its own, do that are to bring about a target; each edited photo is
  /// looked at and let go.
  func effect(
    named name: String, of word: Int, target: AttributeTarget, on rows: [Int],
    along directions: [Direction<ZSpace>], features: [FaceFeature]?, _ person: SamePerson?
  ) throws -> WordEffect {
    let sees = (scorer: scorer.framing, size: scorer.imageSize, encoder: encoder.alignment)
    let edited = try held.editing(rows, along: directions) { photo, edited in
      (
        crop: edited.trainingCrop(sees.scorer, size: sees.size),
        face: edited.recognizedFace(in: photo.frame, by: sees.encoder), outside: photo.changedOutside(edited)
      )
    }
    let logits = EditedLogits(
      before: rows.map { held.logits[$0] },
      after: edited.batches.flatMap { batch in scorer.logits(of: batch.map(\.crop)) }, target: target,
      spreads: held.spreads)
    let found = ShareOfReal(
      edited: zip(rows, logits.successes).map { .init(photo: $0, isFound: $1) },
      real: held.having(target).map { .init(photo: $0, isFound: target.logit(held.logits[$0]) > 0) })
    var samePerson: [Int: Bool] = [:]
    if let person, let before = features, let after = self.features(of: edited.map(\.face)) {
      for (row, feature) in zip(rows, after) { samePerson[row] = person.accepts(before[row], feature) }
    }
    return WordEffect(
      report: EvaluationReport.Edits.Word(
        word: name, attribute: attribute(of: word), photos: rows.count,
        success: found.success.ifFinite, recall: found.recall.ifFinite, share: found.share.ifFinite,
        namesItself: logits.namesItself.share.ifFinite, leakage: logits.leakage.ifFinite,
        samePerson: samePerson.values.share.ifFinite, changedOutside: edited.map(\.outside).mean.ifFinite),
      found: found, samePerson: samePerson)
  }

  private func interval(_ words: [ShareOfReal]) -> EvaluationReport.Edits.Interval {
    let interval = ShareOfReal.mean(of: words, photos: held.photos.count, seed: Self.seed)
    return .init(mean: interval.mean.ifFinite, low: interval.low.ifFinite, high: interval.high.ifFinite)
  }

  /// Women and men where the labels tell them apart, and people whose skin is lighter and darker in the photo.
  private func groups(of effects: [WordEffect]) -> [EvaluationReport.Edits.Group] {
    let isLight = held.photos.map {
      SkinTone.typologyAngle(in: $0.image, $0.frame, by: encoder.alignment) >= SkinTone.border
    }
    var groups: [(name: String, isIn: (Int) -> Bool)] = []
    let male = scorer.attributeNames.firstIndex(of: "Male")
    if let male, held.classGaps[male].isFinite {
      groups = [("women", { !held.labels[$0][male] }), ("men", { held.labels[$0][male] })]
    }
    groups += [("lighter skin", { isLight[$0] }), ("darker skin", { !isLight[$0] })]
    return groups.map { group in
      let found = effects.compactMap { $0.found.among(group.isIn) }
      let same = effects.filter { !Self.changingThePerson.contains($0.report.attribute) }
        .flatMap { $0.samePerson.filter { group.isIn($0.key) }.values }
      return EvaluationReport.Edits.Group(
        name: group.name, photos: held.photos.indices.count { group.isIn($0) }, words: found.count,
        share: interval(found), samePerson: same.share.ifFinite)
    }
  }
}

extension Collection<Bool> {
  /// The share that is true; NaN of nothing.
  fileprivate var share: Double { Double(count { $0 }) / Double(count) }
}
