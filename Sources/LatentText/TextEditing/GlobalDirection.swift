import LatentArithmetic
import LatentCore

/// A direction that changes every image as a text says: StyleCLIP's third method.
///
///     let change = try model.direction(from: "face", to: "smiling face")
///     let smile = try GlobalDirection(relevance: table.relevance(to: change), statistics: statistics)
///     try face.rendered(along: 3 * smile.direction).write(to: url)
///
/// Of the relevances r, those below β in magnitude are dropped, and Δs_c = r_c·σ_c/max|r|: at a strength α of 1 the most
/// relevant channel moves by one deviation. α is 3 or so; a negative one does the opposite.
///
/// Where faces are painted, the directions w_k that the painter can paint take the place of channels, Δz = Σ r_k·w_k/‖r‖ over those
/// that are kept. So at an α of 1, which is usual here, the whole goes about as far as a word does at θ = 1:
///
///     let relevance = try DirectionRelevance(of: [face], model: model)
///     let smile = try GlobalDirection(toward: change, by: relevance)
///
/// Source: "StyleCLIP", Patashnik and others 2021, section 6; the division by the largest is the published program's.
public struct GlobalDirection<Space: LatentSpace>: Sendable {
  /// Δs, or Δz.
  public let direction: Direction<Space>
  /// β.
  public let threshold: Float
  /// How many channels move: some 10 to 20 for a color, 100 to 200 for a shape.
  public var channelCount: Int { weights.count { $0 != 0 } }
  /// What each channel or direction is multiplied by, 0 where it is dropped.
  package let weights: [Float]

  /// β of a painter's directions by the largest relevance, at which edits do what the text says and little else.
  private static var shareOfLargest: Float { 0.6 }

  /// Makes a direction of those that a painter can paint.
  ///
  /// - Parameters:
  ///   - change: Δt, a pair of texts' direction: [1, featureSize].
  ///   - relevance: What the painter's directions do.
  ///   - threshold: β; 0.6 of the largest relevance if left out.
  /// - Throws: ``TextEditingError/noChannel(threshold:most:)`` where none reaches β.
  public init(
    toward change: Tensor, by relevance: DirectionRelevance<Space>, threshold: Float? = nil
  ) throws(TextEditingError) {
    try self.init(
      relevance: relevance.relevance(to: change), along: relevance.directions, threshold: threshold)
  }

  /// Makes a direction Σ r_k·w_k/‖r‖ over the relevances r that reach β.
  package init(
    relevance: [Float], along directions: [Direction<Space>], threshold: Float? = nil
  ) throws(TextEditingError) {
    let threshold = threshold ?? Self.shareOfLargest * relevance.reduce(0) { max($0, $1.magnitude) }
    let kept = try Self.kept(relevance, threshold: threshold)
    let length = kept.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let weights = kept.map { $0 / length }
    let start = Direction<Space>.zero(size: directions[0].values.count)
    self.init(
      zip(weights, directions).reduce(start) { $1.0 == 0 ? $0 : $0 + $1.0 * $1.1 },
      threshold: threshold, weights: weights)
  }

  private init(_ direction: Direction<Space>, threshold: Float, weights: [Float]) {
    (self.direction, self.threshold, self.weights) = (direction, threshold, weights)
  }

  /// The relevances that reach β, and 0 for the others.
  private static func kept(_ relevance: [Float], threshold: Float) throws(TextEditingError) -> [Float] {
    let most = relevance.reduce(0) { max($0, $1.magnitude) }
    guard most > 0, most >= threshold else { throw .noChannel(threshold: threshold, most: most) }
    return relevance.map { $0.magnitude >= threshold ? $0 : 0 }
  }
}

extension GlobalDirection where Space == StyleSpace {
  /// Makes a direction of relevances of channels.
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
    let most = relevance.reduce(0) { max($0, $1.magnitude) }
    let weights = try Self.kept(relevance, threshold: threshold).map { $0 / most }
    self.init(
      Direction(zip(weights, statistics.deviation).map { $0 * $1 }), threshold: threshold, weights: weights)
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
