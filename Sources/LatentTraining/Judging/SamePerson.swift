import LatentArithmetic
import LatentCore
import LatentText

/// Tells whether an edit left a person the same: whether the photos before and after it are as alike as only one in a
/// hundred pairs of photos of different people is.
package struct SamePerson: Sendable {
  /// How many pairs of different people are looked at.
  private static let pairs = 20_000

  /// The similarity that one in a hundred pairs of different people exceeds.
  package let threshold: Double

  /// Finds the threshold by pairs of photos drawn at random; nil where no two people are drawn.
  ///
  /// - Parameters:
  ///   - features: What a recognizer sees in photos.
  ///   - identities: Whom each photo shows; photos of which nothing is known are taken for different people.
  ///   - seed: What pairs are drawn by.
  package init?(features: [FaceFeature], identities: [Int?], seed: UInt64) {
    if features.isEmpty { return nil }
    var stream = RandomStream(seed: seed, name: "pairs of people")
    let similarities = (0..<Self.pairs).compactMap { _ -> Double? in
      let (a, b) = (stream.index(below: features.count), stream.index(below: features.count))
      if a == b || identities[a] != nil && identities[a] == identities[b] { return nil }
      return features[a].similarity(to: features[b])
    }
    self.init(similaritiesOfOthers: similarities)
  }

  /// Finds the threshold by the similarities of pairs of different people; nil where there are none.
  package init?(similaritiesOfOthers similarities: [Double]) {
    if similarities.isEmpty { return nil }
    threshold = similarities.sorted()[(99 * similarities.count + 99) / 100 - 1]
  }

  /// Whether two features are taken for one person's.
  package func accepts(_ before: FaceFeature, _ after: FaceFeature) -> Bool {
    before.similarity(to: after) > threshold
  }
}
