import LatentArithmetic
import LatentCore

extension Training {
  /// The share of validation images of which answers are right, for each attribute, and the mean of them; nil without images.
  ///
  /// Answers are a row for each 80×80 image, above zero for an attribute that is there.
  func accuracies(
    of names: [String], by framing: Framing, _ answers: ([Image]) -> [[Float]]
  ) throws -> [String: Double]? {
    let held = dataset.images(in: .validation)
    guard !held.isEmpty else { return nil }
    var (right, count) = ([Int](repeating: 0, count: names.count), 0)
    try StepLoop.forEach("measuring", of: held.count, batch: 64, report: report) { items in
      let batch = try dataset.faces(
        of: held[items], by: framing, size: ScorerConfiguration.imageSize, leavingOut: leftOut)
      if batch.isEmpty { return }
      count += batch.count
      for (image, row) in zip(batch.map(\.entry), answers(batch.map(\.face))) {
        for (index, answer) in row.enumerated() where (answer > 0) == (image.attributes?[index] ?? false) {
          right[index] += 1
        }
      }
    }
    guard count > 0 else { return nil }
    let shares = right.map { Double($0) / Double(count) }
    var result = Dictionary(uniqueKeysWithValues: zip(names, shares))
    result["mean accuracy"] = shares.reduce(0, +) / Double(shares.count)
    return result
  }
}
