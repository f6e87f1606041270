/// What an edit did to photos, by a scorer's logits before and after it.
package struct EditedLogits {
  private let target: AttributeTarget
  private let after: [[Float]]
  /// For each photo the change of each attribute's logit, in units of its spread; of the word's own towards the word.
  private let changes: [[Double]]
  private let others: [Int]

  /// Takes logits, a row for each photo.
  ///
  /// - Parameters:
  ///   - before: Those of the photos.
  ///   - after: Those of the same photos after the edit.
  ///   - target: What the edit is to bring about.
  ///   - spreads: The standard deviation of each attribute's logit over real photos; an attribute without any is left
  ///     out.
  package init(before: [[Float]], after: [[Float]], target: AttributeTarget, spreads: [Float]) {
    (self.target, self.after) = (target, after)
    changes = zip(before, after).map { before, after in
      spreads.indices.map { attribute in
        let sign: Double = attribute == target.attribute && target.isReversed ? -1 : 1
        return sign * Double(after[attribute] - before[attribute]) / Double(spreads[attribute])
      }
    }
    others = spreads.indices.filter { $0 != target.attribute && spreads[$0] > 0 }
  }

  /// For each photo whether the scorer finds the word in it after the edit.
  package var successes: [Bool] { after.map { target.logit($0) > 0 } }

  /// For each photo whether the word's own attribute changes most, and towards the word.
  package var namesItself: [Bool] {
    changes.map { change in others.allSatisfy { abs(change[$0]) < change[target.attribute] } }
  }

  /// The median over photos of the mean over other attributes of |Δₖ/σₖ| ÷ |Δ/σ|, Δ being the word's own change.
  ///
  /// Infinite where the word's own does not change in half of the photos; NaN without photos or other attributes.
  package var leakage: Double {
    changes.map { change in
      let leaked = others.map { abs(change[$0]) }.mean
      let own = abs(change[target.attribute])
      return own > 0 ? leaked / own : .infinity
    }.filter { !$0.isNaN }.median
  }
}
