import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import LatentFaces
import TestSupport
import Testing

/// How well the estimate of relevances by gradients agrees with StyleCLIP's table by drawings, on the trained face
/// generator.
///
/// The joint model is the scorer of attributes: an image's feature is the unit vector of its logits, and the direction of
/// a text the axis of an attribute.
struct RelevanceAgreementTests {
  private struct Scores: ImageTextModel {
    let scorer: AttributeScorer
    var featureSize: Int { scorer.attributeNames.count }

    func features(ofImages images: Variable) -> Variable { scorer.logits(of: images).unitLength() }

    func features(ofTexts texts: [String]) -> Tensor {
      let rows = texts.flatMap { text in scorer.attributeNames.map { $0 == text ? Float(1) : 0 } }
      return Tensor(shape: [texts.count, featureSize], elements: rows)
    }
  }

  // Over the attributes, Spearman's ρ of all channels' relevances, and the share of the channels above the table's
  // automatic β that are among as many of the estimate's first; measured means with 10 images are 0.95 and 0.71.
  @Test func channelsOfTheEstimateAreThoseOfTheTable() throws {
    let model = Scores(scorer: try AttributeScorer.faces())
    let generator = try ConvolutionalGenerator(Model.faces(), threads: 2).inStyleSpace
    let statistics = generator.statistics(samples: 1, seed: 1)
    let styles = generator.randomCodes(4, seed: 2)
    let table = try ChannelRelevance(
      of: generator, model: model, statistics: statistics, styles: styles)
    let estimate = try RelevanceEstimate(of: generator, model: model, styles: styles, threads: 2)
    let channels = generator.editedRanges.flatMap { Array($0) }
    var (correlation, overlap) = (0.0, 0.0)
    for name in model.scorer.attributeNames {
      let axis = model.features(ofTexts: [name])
      let expected = table.relevance(to: axis)
      let got = try estimate.relevance(to: axis)
      correlation += try #require(
        RankCorrelation.spearman(channels.map { Double(expected[$0]) }, channels.map { Double(got[$0]) }))
      let threshold = GlobalDirection.automaticThreshold(for: expected)
      let chosen = Set(channels.filter { expected[$0].magnitude >= threshold })
      let first = channels.sorted { got[$0].magnitude > got[$1].magnitude }.prefix(chosen.count)
      overlap += Double(chosen.intersection(first).count) / Double(chosen.count)
    }
    let count = Double(model.scorer.attributeNames.count)
    #expect(correlation / count >= 0.9, "\(correlation / count)")
    #expect(overlap / count >= 0.6, "\(overlap / count)")
  }
}
