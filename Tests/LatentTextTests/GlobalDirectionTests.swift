import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Global directions: texts, statistics, relevance of channels, thresholds.
struct GlobalDirectionTests {
  private let model = ToyImageTextModel()

  @Test func promptsAreTheSeventyNine() {
    let prompts = TextPrompts.published
    #expect(prompts.count == 79 && Set(prompts).count == 79)
    #expect(prompts.allSatisfy { $0.split(separator: "{}", omittingEmptySubsequences: false).count == 2 })
    #expect(prompts.contains("a photo of the hard to see {}.") && prompts.contains("itap of my {}."))
    #expect(!prompts.contains("a photo of many {}."))
  }

  // Δt = normalize(normalize(mean_p t(target in p)) − normalize(mean_p t(neutral in p))).
  @Test func textDirectionIsThatOfTheMeans() throws {
    func mean(_ text: String) -> [Double] {
      var sum = [Double](repeating: 0, count: model.featureSize)
      for prompt in TextPrompts.published {
        let row = model.features(ofTexts: [prompt.replacingOccurrences(of: "{}", with: text)]).elements
        for (index, value) in row.enumerated() { sum[index] += Double(value) }
      }
      return unit(sum)
    }
    let expected = unit(zip(mean("smiling face"), mean("face")).map { $0 - $1 })
    let got = try model.direction(from: "face", to: "smiling face").elements
    #expect(worstError(got, expected, scale: 1) <= 1e-5)
    #expect(throws: TextEditingError.sameMeaning("face", "face")) {
      try model.direction(from: "face", to: "face")
    }
  }

  // μ and σ of 500 codes against sums in double about zero.
  @Test func statisticsAreMeanAndDeviation() {
    let codes = (0..<500).map { index in
      Latent<StyleSpace>(randomFloats(count: 7, seed: UInt64(index)).map { 3 + 0.1 * $0 })
    }
    let statistics = StyleStatistics(of: [codes])
    for number in 0..<7 {
      let values = codes.map { Double($0.values[number]) }
      let mean = values.reduce(0, +) / 500
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 500
      #expect(abs(Double(statistics.mean[number]) - mean) <= 1e-6)
      #expect(abs(Double(statistics.deviation[number]) - variance.squareRoot()) <= 1e-6)
    }
  }

  // Δs_c = r_c·σ_c/max|r| where |r_c| ≥ β, else 0.
  @Test func weakChannelsAreDropped() throws {
    let relevance: [Float] = [0.3, -0.6, 0.1, 0.29, 0, -0.3]
    let statistics = StyleStatistics(
      mean: [Float](repeating: 1, count: 6), deviation: [1, 2, 3, 4, 5, 6])
    let change = try GlobalDirection(relevance: relevance, statistics: statistics, threshold: 0.3)
    #expect(change.channelCount == 3)
    #expect(worstError(change.direction.values, [0.5, -2, 0, 0, 0, -3], scale: 1) <= 1e-6)
    #expect(throws: TextEditingError.noChannel(threshold: 0.7, most: 0.6)) {
      try GlobalDirection(relevance: relevance, statistics: statistics, threshold: 0.7)
    }
    #expect(throws: TextEditingError.otherTable(expected: [6], got: [5])) {
      try GlobalDirection(relevance: Array(relevance.dropLast()), statistics: statistics, threshold: 0.1)
    }
  }

  // The largest β of 0.10 … 0.29 that more than 20 channels reach; 0.1 where none does.
  @Test func automaticThresholdLeavesMoreThanTwenty() {
    let ramp = (0..<100).map { Float($0) / 200 + 0.0025 }  // more than 20 of them reach 0.39
    #expect(GlobalDirection.automaticThreshold(for: ramp) == 0.29)
    let low = ramp.map { $0 / 2 }  // 0.25·(1 − 2k/200) and down: value n from the top is (99.5 − n)/400
    let expected = (10...29).map { Float($0) / 100 }.last { threshold in low.count { $0 >= threshold } > 20 }
    #expect(GlobalDirection.automaticThreshold(for: low) == expected && expected != 0.1)
    #expect(GlobalDirection.automaticThreshold(for: ramp.map { $0 / 10 }) == 0.1)
  }

  // Of 400 channels with r = (n + ½)/800, n = 0 … 399, the largest 400 − 800β reach β: 168 at 0.29, 208 at 0.24, 304 at 0.12,
  // 320 at 0.10.
  @Test(arguments: [(20, Float(0.29)), (200, 0.24), (300, 0.12), (330, 0.1)])
  func automaticThresholdLeavesMoreThanIsAskedFor(_ count: Int, _ expected: Float) throws {
    let ramp = (0..<400).map { (Float($0) + 0.5) / 800 }
    let statistics = StyleStatistics(
      mean: ramp.map { _ in 0 }, deviation: ramp.map { _ in 1 })
    let change = try GlobalDirection(relevance: ramp, statistics: statistics, leaving: count)
    #expect(change.threshold == expected)
    #expect(change.channelCount == ramp.count { $0 >= expected })
    #expect(change.channelCount > count || expected == 0.1)
  }

  // row(c) = normalize(mean_i normalize(I(s_c + 5σ) − I(s_c − 5σ))) of 8-bit drawings, recomputed one at a time. In the
  // published program s is μ in channel c and in all channels before it. Codes are moved off the mean, where both are one.
  // Features are rounded to 1e-7: where a channel changes them by less than 1e-3, its row has too few digits to compare.
  @Test(arguments: Fidelity.allCases) func tableIsThatOfTheFormula(_ fidelity: Fidelity) throws {
    let generator = try ConvolutionalGenerator.toy().inStyleSpace
    let statistics = generator.statistics(samples: 10, seed: 1)
    let styles = generator.randomCodes(12, seed: 2).enumerated().map { index, code in
      let shifts = randomFloats(count: code.values.count, seed: UInt64(index + 1))
      return Latent<StyleSpace>(zip(code.values, shifts).map { $0 + 0.7 * $1 })
    }
    let table = try ChannelRelevance(
      of: generator, model: model, statistics: statistics, styles: styles, fidelity: fidelity)
    #expect(table.rows.shape == [generator.latentSize, model.featureSize])
    func feature(_ style: Latent<StyleSpace>, _ channel: Int, _ sign: Float) -> [Double] {
      var values = style.values
      if fidelity == .reference {
        for edited in generator.editedRanges.joined() where edited <= channel {
          values[edited] = statistics.mean[edited]
        }
      }
      values[channel] += sign * 5 * statistics.deviation[channel]
      let drawing = Tensor(generator.generate(Latent(values)))
      return model.features(ofImages: Tape(threads: 1).constant(drawing)).value.elements.map(Double.init)
    }
    let channels = generator.editedRanges.flatMap { [$0.lowerBound, $0.upperBound - 1] }
    #expect(channels.count == 8)
    var compared = 0
    for channel in channels {
      var sum = [Double](repeating: 0, count: model.featureSize)
      var least = Double.infinity
      for style in styles {
        let change = zip(feature(style, channel, 1), feature(style, channel, -1)).map { $0 - $1 }
        least = min(least, change.reduce(0) { $0 + $1 * $1 }.squareRoot())
        sum = zip(sum, unit(change)).map { $0 + $1 }
      }
      guard least > 1e-3 else { continue }
      compared += 1
      #expect(worstError(table.rows.row(channel), unit(sum), scale: 1) <= 2e-3, "channel \(channel)")
    }
    #expect(compared >= 5)
    for index in generator.styleLayers[0].range {
      #expect(table.rows.row(index).allSatisfy { $0 == 0 })
    }
  }

  // What is left out is the article's: a hundred images, and their own s_c.
  @Test func tableIsOfAHundredImages() throws {
    let generator = try ConvolutionalGenerator.toy().inStyleSpace
    let statistics = generator.statistics(samples: 10, seed: 1)
    let table = try ChannelRelevance(of: generator, model: model, statistics: statistics)
    let expected = try ChannelRelevance(
      of: generator, model: model, statistics: statistics, styles: generator.randomCodes(100, seed: 5),
      fidelity: .corrected)
    #expect(table.rows == expected.rows)
  }

  @Test func tableComesBackFromItsFile() throws {
    let generator = try ConvolutionalGenerator.toy().inStyleSpace
    let statistics = generator.statistics(samples: 10, seed: 1)
    let styles = generator.randomCodes(2, seed: 2)
    let table = try ChannelRelevance(
      of: generator, model: model, statistics: statistics, styles: styles)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("relevance.safetensors")
      try table.write(to: url, for: generator)
      #expect(try ChannelRelevance(contentsOf: url, for: generator, model: model).rows == table.rows)
      let other = try ConvolutionalGenerator.toy(.paper).inStyleSpace
      #expect(throws: TextEditingError.self) {
        try ChannelRelevance(contentsOf: url, for: other, model: model)
      }
    }
  }

  // r_c = ⟨J_c, Δt⟩/‖J_c‖ with J_c = Σ_i ∂I_i/∂s_c by central differences; the norm is estimated by 400 probes, to a
  // relative error of 1/√800.
  @Test func gradientIsThatOfTheFeatures() throws {
    let generator = try ConvolutionalGenerator.toy().inStyleSpace
    let styles = generator.randomCodes(3, seed: 4)
    let change = try model.direction(from: "face", to: "smiling face")
    let gradient = try RelevanceEstimate(of: generator, model: model, styles: styles, probes: 400, threads: 2)
    let relevance = try gradient.relevance(to: change)
    let step: Float = 1e-2
    for channel in generator.editedRanges.map(\.lowerBound) {
      func features(_ shift: Float) -> [[Double]] {
        var moved: [Float] = []
        for style in styles {
          var values = style.values
          values[channel] += shift
          moved += values
        }
        let codes = Tape(threads: 1).constant(Tensor(shape: [3, generator.latentSize], elements: moved))
        let features = model.features(ofImages: generator.images(of: codes)).value
        return (0..<3).map { features.row($0).map(Double.init) }
      }
      let (up, down) = (features(step), features(-step))
      var sum = [Double](repeating: 0, count: model.featureSize)
      for (high, low) in zip(up, down) {
        for k in sum.indices { sum[k] += high[k] - low[k] }
      }
      let expected = zip(unit(sum), change.elements.map(Double.init)).reduce(0.0) { $0 + $1.0 * $1.1 }
      #expect(abs(Double(relevance[channel]) - expected) <= 0.2 * abs(expected) + 0.02, "channel \(channel)")
    }
    for index in generator.styleLayers[0].range { #expect(relevance[index] == 0) }
  }

  private func unit(_ values: [Double]) -> [Double] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }
}
