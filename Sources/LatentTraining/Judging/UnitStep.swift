import LatentArithmetic

/// How far θ = 1 goes along a direction of a word.
package struct UnitStep {
  /// The quantile of real photos' logits that edited photos are to reach: that of a typical photo with a margin.
  package static let margin = 2.0 / 3
  /// How far a step may move the scorer's median logit, in class gaps: beyond that a face is a caricature.
  package static let mostGaps = 3.0
  /// The photos a step is tried on.
  package static let photos = 200

  /// The length of the step.
  package let length: Float
  /// The share of edited photos whose logit is at least the median of real photos with the attribute.
  package let typicality: Double
  /// Whether a tenth are: the longest step of a word that moves hardly any photo there is a caricature for nothing.
  package var isOfUse: Bool { typicality >= 0.1 }

  /// Whether a word is strong, after whose step this share of edited photos is at least as real photos' median; the step of
  /// a weak word is the longest that was tried.
  package static func isStrong(_ typicality: Double) -> Bool { typicality >= 0.5 }

  /// Finds the smallest step after which photos that lack a word look to a scorer as real photos with it do, with a
  /// margin.
  ///
  /// The median logit of the edited photos is to reach the upper third of the real photos' logits. A positive logit is not
  /// asked for: of some attributes the scorer recognizes one real photo in ten. Where no step gets there before the
  /// median has moved by three class gaps, or the step is longer than any code is, it is the longest that was tried; a
  /// word that does not reach the real photos' median by it is weak. Steps grow by a quarter, and the last interval
  /// is halved four times. There is none where one kind of photo is missing, or the scorer does not tell them apart.
  ///
  /// - Parameters:
  ///   - before: How far the logits of photos that lack the word speak for it.
  ///   - real: How far those of real photos with it do.
  ///   - gap: The class gap of its attribute.
  ///   - lengths: The step that is tried first, and the longest.
  ///   - edited: How far the logits of the first photos speak for the word after a step.
  package init?(
    before: [Double], real: [Double], gap: Double, lengths: ClosedRange<Float>,
    edited: (_ step: Float) throws -> [Double]
  ) rethrows {
    if before.isEmpty || real.isEmpty { return nil }
    let (start, typical, goal) = (before.median, real.median, real.quantile(Self.margin))
    if start >= typical { return nil }
    let limit = start + Self.mostGaps * abs(gap)
    var (below, length) = (Float(0), lengths.lowerBound)
    var after = try edited(length)
    while after.median < min(goal, limit), length < lengths.upperBound {
      (below, length) = (length, length * 1.25)
      after = try edited(length)
    }
    for _ in 0..<(after.median >= goal ? 4 : 0) {
      let middle = (below + length) / 2
      let tried = try edited(middle)
      if tried.median >= goal { (length, after) = (middle, tried) } else { below = middle }
    }
    (self.length, typicality) = (length, after.map { $0 >= typical ? 1.0 : 0.0 }.mean)
  }
}

extension EditJudge {
  /// How far θ = 1 goes along a direction, by photos that are edited along it.
  ///
  /// - Returns: nil where photos without the word or with it are missing, or the scorer does not tell them apart.
  /// - Throws: ``LatentError/tooFar``; `CancellationError` when the task is cancelled.
  package func unitStep(for target: AttributeTarget, along direction: Direction<ZSpace>) throws -> UnitStep? {
    let rows = lacking(target, atMost: UnitStep.photos)
    func words(_ logits: some Sequence<[Float]>) -> [Double] { logits.map { Double(target.logit($0)) } }
    let unit = direction.length
    return try UnitStep(
      before: words(rows.map { logits[$0] }), real: words(having(target).map { logits[$0] }),
      gap: Double(classGaps[target.attribute]),
      lengths: 1 / unit...Float(direction.values.count).squareRoot() / unit,
      edited: { words(try logits(rows, along: direction, step: $0)) })
  }
}
