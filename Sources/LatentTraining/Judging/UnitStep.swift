import LatentArithmetic

/// How far θ = 1 goes along a direction of a word.
package struct UnitStep {
  /// The share of photos that are to show the attribute.
  package static let goal: Float = 0.9
  /// How far a step may move the scorer's mean logit, in class gaps: beyond that a face is a caricature.
  package static let mostGaps: Float = 3
  /// The photos a step is tried on.
  package static let photos = 400

  /// The length of the step.
  package let length: Float
  /// The share of photos that show the attribute after it.
  package let success: Float
  /// Whether that is enough; the step of a weak word is the longest that was tried, and no unit.
  package var isStrong: Bool { success >= Self.goal }
}

extension EditJudge {
  /// The smallest step after which nine in ten of the photos that lack a word pass the scorer.
  ///
  /// Where none does before the mean logit has moved by three class gaps, or the step is longer than any code is, it is
  /// the longest that was tried. Steps grow by a quarter, and the last interval is halved four times.
  ///
  /// - Returns: nil where all photos have the attribute.
  /// - Throws: `CancellationError` when the task is cancelled.
  package func unitStep(for target: AttributeTarget, along direction: Direction<ZSpace>) throws -> UnitStep? {
    let rows = lacking(target, atMost: UnitStep.photos)
    if rows.isEmpty { return nil }
    let unit = direction.length
    let longest = Float(direction.values.count).squareRoot() / unit
    var (below, length) = (Float(0), 1 / unit)
    var effect = try effect(rows, of: target, along: direction, step: length)
    while effect.success < UnitStep.goal, effect.gaps < UnitStep.mostGaps, length < longest {
      (below, length) = (length, length * 1.25)
      effect = try self.effect(rows, of: target, along: direction, step: length)
    }
    guard effect.success >= UnitStep.goal else { return UnitStep(length: length, success: effect.success) }
    for _ in 0..<4 {
      let middle = (below + length) / 2
      let tried = try self.effect(rows, of: target, along: direction, step: middle)
      if tried.success >= UnitStep.goal { (length, effect) = (middle, tried) } else { below = middle }
    }
    return UnitStep(length: length, success: effect.success)
  }

  /// The scorer's attribute of a word, nil where it knows none of that name.
  package func target(of entry: AttributeWords.Entry, _ attributeNames: [String]) -> AttributeTarget? {
    scorer.attributeNames.firstIndex(of: attributeNames[entry.attributeIndex])
      .map { AttributeTarget(attribute: $0, isReversed: entry.isReversed) }
  }

  /// The share of photos that pass after a step, and by how many class gaps their mean logit moved.
  private func effect(
    _ rows: [Int], of target: AttributeTarget, along direction: Direction<ZSpace>, step: Float
  ) throws -> (success: Float, gaps: Float) {
    let after = try logits(rows, along: direction, step: step)
    let passed = after.count { target.logit($0) > 0 }
    let moved = zip(rows, after).reduce(Float(0)) { $0 + target.logit($1.1) - target.logit(logits[$1.0]) }
    let count = Float(rows.count)
    return (Float(passed) / count, moved / count / max(classGaps[target.attribute], 1e-6))
  }
}
