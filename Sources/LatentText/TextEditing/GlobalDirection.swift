import LatentArithmetic
import LatentCore

/// A direction of the style space that changes every image as a text says: StyleCLIP's third method.
///
///     let change = try model.direction(from: "face", to: "smiling face")
///     let smile = try GlobalDirection(relevance: table.relevance(to: change), statistics: statistics)
///     try face.rendered(along: 3 * smile.direction).write(to: url)
///
/// Of the relevances r, those below β in magnitude are dropped, and Δs_c = r_c·σ_c/max|r|: at a strength α of 1 the most
/// relevant channel moves by one deviation. α is 3 or so; a negative one does the opposite.
///
/// Source: "StyleCLIP", Patashnik and others 2021, section 6; the division by the largest is the published program's.
public struct GlobalDirection: Sendable {
  /// Δs.
  public let direction: Direction<StyleSpace>
  /// β.
  public let threshold: Float
  /// How many channels move: some 10 to 20 for a color, 100 to 200 for a shape.
  public let channelCount: Int

  /// Makes a direction of relevances.
  ///
  /// - Parameters:
  ///   - relevance: r of each number of a style code, by ``ChannelRelevance`` or ``RelevanceEstimate``.
  ///   - statistics: σ of each.
  ///   - threshold: β; if left out the largest of 0.10, 0.11, … 0.29 that more than `count` channels reach, or else 0.1.
  ///   - count: How many channels an automatic β leaves and more; the published program has 20 for faces and 100 for all
  ///     other images.
  /// - Throws: ``TextEditingError/noChannel(threshold:most:)`` where no channel reaches β;
  ///   ``TextEditingError/otherTable(expected:got:)``.
  public init(
    relevance: [Float], statistics: StyleStatistics, threshold: Float? = nil, leaving count: Int = 20
  ) throws(TextEditingError) {
    guard relevance.count == statistics.deviation.count else {
      throw .otherTable(expected: [statistics.deviation.count], got: [relevance.count])
    }
    let threshold = threshold ?? Self.automaticThreshold(for: relevance, leaving: count)
    let kept = relevance.map { $0.magnitude >= threshold ? $0 : 0 }
    let most = relevance.reduce(0) { max($0, $1.magnitude) }
    channelCount = kept.count { $0 != 0 }
    guard channelCount > 0 else { throw .noChannel(threshold: threshold, most: most) }
    direction = Direction(zip(kept, statistics.deviation).map { $0 / most * $1 })
    self.threshold = threshold
  }

  /// The largest β of 0.10, 0.11, … 0.29 that more than `count` channels reach, or else 0.1.
  package static func automaticThreshold(for relevance: [Float], leaving count: Int = 20) -> Float {
    for hundredths in stride(from: 29, through: 10, by: -1) {
      let threshold = Float(hundredths) / 100
      if relevance.count(where: { $0.magnitude >= threshold }) > count { return threshold }
    }
    return 0.1
  }
}
