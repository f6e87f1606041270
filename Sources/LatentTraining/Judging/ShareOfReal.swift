import LatentCore

/// How often a scorer finds a word in edited photos, as a share of how often it finds it in real ones.
package struct ShareOfReal: Sendable, Codable {
  /// Whether a scorer finds a word in a photo.
  package struct Finding: Sendable, Codable {
    /// The photo's number.
    let photo: Int
    /// Whether it does.
    let isFound: Bool

    package init(photo: Int, isFound: Bool) { (self.photo, self.isFound) = (photo, isFound) }
  }

  /// In photos that lacked the word, after it was added.
  package let edited: [Finding]
  /// In photos that have it by their labels.
  package let real: [Finding]

  package init(edited: [Finding], real: [Finding]) { (self.edited, self.real) = (edited, real) }

  /// The share of edited photos where the word is found; NaN where there are none.
  package var success: Double { Self.share(of: edited) { _ in 1 } }
  /// The share of real photos where it is found; NaN where there are none.
  package var recall: Double { Self.share(of: real) { _ in 1 } }
  /// Success divided by recall, at most 1; NaN where no edited photos are, or the word is found in no real one.
  package var share: Double { share { _ in 1 } }

  /// The same where each photo counts as often as said.
  private func share(_ weight: (Int) -> Int) -> Double {
    let recall = Self.share(of: real, weight)
    return recall > 0 ? min(Self.share(of: edited, weight) / recall, 1) : .nan
  }

  private static func share(of findings: [Finding], _ weight: (Int) -> Int) -> Double {
    let (found, all) = findings.reduce((0, 0)) { sum, finding in
      let weight = weight(finding.photo)
      return (sum.0 + (finding.isFound ? weight : 0), sum.1 + weight)
    }
    return Double(found) / Double(all)
  }

  /// What is found in some of the photos; nil where fewer than ten edited or ten real ones are left, which tell nothing.
  package func among(_ isAmong: (Int) -> Bool) -> ShareOfReal? {
    let part = ShareOfReal(
      edited: edited.filter { isAmong($0.photo) }, real: real.filter { isAmong($0.photo) })
    return min(part.edited.count, part.real.count) < 10 ? nil : part
  }

  /// The mean share of words, and between which means nineteen in twenty of the samples of the photos lie.
  ///
  /// A sample is as many photos drawn with replacement (Efron 1979), the same for all words: edits of one photo are no
  /// independent trials. A word whose share is not a number in a sample is left out of its mean.
  ///
  /// - Parameters:
  ///   - words: What was found, by word.
  ///   - photos: How many photos there are.
  ///   - samples: How many samples are drawn.
  ///   - seed: What they are drawn by.
  /// - Returns: NaN where no word has a share.
  package static func mean(
    of words: [ShareOfReal], photos: Int, samples: Int = 1000, seed: UInt64
  ) -> (mean: Double, low: Double, high: Double) {
    func mean(_ weight: (Int) -> Int) -> Double { words.map { $0.share(weight) }.filter { !$0.isNaN }.mean }
    let means = (0..<(photos > 0 ? samples : 0)).map { sample in
      var stream = RandomStream(seed: seed, name: "sample of photos \(sample)")
      var counts = [Int](repeating: 0, count: photos)
      for _ in 0..<photos { counts[stream.index(below: photos)] += 1 }
      return mean { counts[$0] }
    }.filter { !$0.isNaN }
    return (mean { _ in 1 }, means.quantile(0.025), means.quantile(0.975))
  }
}
