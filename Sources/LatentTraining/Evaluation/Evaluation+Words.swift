import LatentArithmetic
import LatentCore
import LatentText

/// What an edit of photos did.
private struct EditEffect {
  /// The scorer's logits after it, a row for each photo.
  let after: [[Float]]
  /// The mean change of each attribute's logit, in class gaps.
  let changes: [Double]
  /// The share of photos that pass.
  let success: Double
  /// The mean logit of the word's attribute; positive speaks for the word.
  let score: Double
}

extension Evaluation {
  /// The strengths a word is measured at.
  private static let thetas: [Float] = [0.5, 1, 2]

  /// What each word does to photos that lack it.
  func measureWords(_ directions: [Direction<ZSpace>]) throws -> [EvaluationReport.Word] {
    let typicalities = model.tuningTypicality
    let tuning = try EditJudge(
      dataset, split: .tuning, atMost: Self.photos, model: model, rendering: held.rendering, scorer: scorer,
      threads: threads)
    return try ranks.sharing(words.count) { word in
      try advance("words", word + 1, of: words.count)
      let rows = held.lacking(targets[word], atMost: photosPerWord)
      let effects = try Self.thetas.map { try effect(of: directions[word], step: $0, on: rows, word) }
      var result = try report(word, rows, effects[1], along: directions[word], step: 1)
      result.thetaIsWeak = typicalities[words[word].word].map { !UnitStep.isStrong($0) }
      result.recall = tuning?.recall(of: targets[word]).ifFinite
      result.steps = zip(Self.thetas, effects).map { theta, effect in
        EvaluationReport.Word.Step(
          theta: Double(theta), score: effect.score.ifFinite, success: effect.success.ifFinite)
      }
      result.monotony = monotony(rows, word, effects).ifFinite
      return result
    }
  }

  /// What other ways of finding directions do to the same photos, at the step that changes the word's attribute as
  /// much.
  func measureBaselines(
    beside edits: [EvaluationReport.Word]
  ) throws -> [EvaluationReport.Baseline] {
    let boundaries = try words.indices.map { word in
      try advance("boundaries", word + 1, of: words.count)
      return trained.boundary(of: word, threads: threads)
    }
    let components = generator.principalDirections(
      count: words.count, samples: 1000, seed: 1, threads: threads)
    let factors = try model.factorizedDirections(count: words.count)
    let correlations = trained.labelCorrelations
    let methods: [(name: String, direction: (Int) -> Direction<ZSpace>?)] = [
      ("difference of means", { trained.differenceOfMeans(of: $0) }),
      ("InterFaceGAN boundary", { boundaries[$0] }),
      (
        "InterFaceGAN boundary, conditional",
        { word in
          let others = words.indices.filter {
            $0 != word && abs(correlations[word][$0]) >= Self.coOccurrence
          }
          return boundaries[word].map { $0.orthogonalized(to: others.compactMap { boundaries[$0] }) }
        }
      ),
      ("GANSpace component", { trained.direction(of: $0, among: components, threads: threads) }),
      ("SeFa factor", { trained.direction(of: $0, among: factors, threads: threads) }),
    ]
    return try methods.map { method in
      let measured = try ranks.sharing(words.count) { word -> [EvaluationReport.Word] in
        try advance(method.name, word + 1, of: words.count)
        guard let direction = method.direction(word), direction.length > 0 else { return [] }
        let rows = held.lacking(targets[word], atMost: photosPerWord)
        let wanted = edits[word].steps?.first { $0.theta == 1 }?.score ?? .nan
        let step = try step(along: direction, reaching: wanted, on: rows, word)
        let effect = try effect(of: direction, step: step, on: rows, word)
        return [try report(word, rows, effect, along: direction, step: step)]
      }
      return EvaluationReport.Baseline(name: method.name, words: measured.flatMap { $0 })
    }
  }

  /// How strongly two words' attributes must correlate to count as co-occurring.
  static let coOccurrence = 0.2

  private func effect(
    of direction: Direction<ZSpace>, step: Float, on rows: [Int], _ word: Int
  ) throws -> EditEffect {
    let after = try held.logits(rows, along: direction, step: step)
    let count = Double(rows.count)
    let changes = held.classGaps.indices.map { attribute in
      zip(rows, after).reduce(0.0) { sum, edit in
        sum + Double(edit.1[attribute] - held.logits[edit.0][attribute])
      } / count / Double(held.classGaps[attribute])
    }
    let target = targets[word]
    return EditEffect(
      after: after, changes: changes, success: Double(after.count { target.logit($0) > 0 }) / count,
      score: after.reduce(0.0) { $0 + Double(target.logit($1)) } / count)
  }

  /// The step along a direction after which the mean logit is that of another edit, or as near as any step comes.
  private func step(
    along direction: Direction<ZSpace>, reaching wanted: Double, on rows: [Int], _ word: Int
  ) throws -> Float {
    let unit = 1 / direction.length
    let longest = 2 * Float(generator.latentSize).squareRoot() * unit
    func score(_ step: Float) throws -> Double {
      try effect(of: direction, step: step, on: rows, word).score
    }
    var (below, above) = (Float(0), unit)
    while above < longest, try score(above) < wanted { (below, above) = (above, 1.5 * above) }
    for _ in 0..<5 {
      let middle = (below + above) / 2
      if try score(middle) < wanted { below = middle } else { above = middle }
    }
    return above
  }

  private func report(
    _ word: Int, _ rows: [Int], _ effect: EditEffect, along direction: Direction<ZSpace>, step: Float
  ) throws -> EvaluationReport.Word {
    let target = targets[word]
    let names = scorer.attributeNames
    let own = effect.changes[target.attribute]
    let others = names.indices.filter { $0 != target.attribute && held.classGaps[$0].isFinite }
    let leakage = others.map { effect.changes[$0] / own }
    return EvaluationReport.Word(
      word: words[word].word, attribute: names[target.attribute], recall: nil,
      before: rows.map { Double(target.logit(held.logits[$0])) }.mean.ifFinite,
      success: effect.success.ifFinite,
      leakageMean: leakage.map(abs).mean.ifFinite, leakageMax: leakage.map(abs).max()?.ifFinite,
      leakage: Dictionary(
        uniqueKeysWithValues: zip(others.map { names[$0] }, leakage.map(\.ifFinite))),
      identity: try identity(rows, along: direction, step: step), monotony: nil, photos: rows.count)
  }

  /// The mean cosine of face features before and after, on a part of the photos.
  private func identity(_ rows: [Int], along direction: Direction<ZSpace>, step: Float) throws -> Double? {
    guard recognizer != nil else { return nil }
    let rows = Array(rows.prefix(30))
    if rows.isEmpty { return nil }
    let after = try held.editing(rows, along: rows.map { _ in step * direction }) {
      [alignment = encoder.alignment] in
      $1.recognizedFace(in: $0.frame, by: alignment)
    }
    return similarity(
      rows.map { held.photos[$0].image.recognizedFace(in: held.photos[$0].frame, by: encoder.alignment) },
      after)
  }

  /// The mean cosine of face features of a recognizer's crops in pairs; nil without a face network.
  func similarity(_ a: [Image], _ b: [Image]) -> Double? {
    guard let recognizer else { return nil }
    return zip(recognizer.features(of: a), recognizer.features(of: b)).map { $0.similarity(to: $1) }.mean
      .ifFinite
  }

  /// The share of photos whose logit never falls along θ.
  private func monotony(_ rows: [Int], _ word: Int, _ effects: [EditEffect]) -> Double {
    rows.indices.map { index in
      let path = [held.logits[rows[index]]] + effects.map { $0.after[index] }
      let logits = path.map(targets[word].logit)
      return zip(logits, logits.dropFirst()).allSatisfy { $0 <= $1 } ? 1.0 : 0.0
    }.mean
  }
}

extension Model {
  /// By word, the share of tuning photos that looked at θ = 1 as the median of real photos with the word, or more so, when
  /// the projector was calibrated.
  var tuningTypicality: [String: Double] {
    guard let record = RunRecord<ProjectorRecipe>(json: records[Part.projector.rawValue] ?? "") else {
      return [:]
    }
    return (record.measured ?? [:]).reduce(into: [:]) { result, entry in
      let prefix = RunRecord<ProjectorRecipe>.typicalityPrefix
      if entry.key.hasPrefix(prefix) { result[String(entry.key.dropFirst(prefix.count))] = entry.value }
    }
  }
}
