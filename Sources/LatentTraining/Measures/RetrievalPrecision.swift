/// How many of the images that fit a text best are right for it.
package struct RetrievalPrecision {
  /// The share of the best images that are right.
  package let precision: Double
  /// The share of all images that are, which is what images drawn at random would have.
  package let chance: Double

  /// Takes how well each image fits; as many of the best count as are right, at most so many.
  ///
  /// Images that fit equally well come in their order. Nil where no image is right, or all are.
  package init?(of scores: [Float], isRight: [Bool], atMost count: Int) {
    let right = isRight.count { $0 }
    guard right > 0, right < isRight.count else { return nil }
    let best = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(min(count, right))
    precision = Double(best.count { isRight[$0] }) / Double(best.count)
    chance = Double(right) / Double(isRight.count)
  }
}
