import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The terms by which edits are judged, by logits and counts that are made up.
struct EditTermsTests {
  // Changes in units of spread (2, 1, 4): (+3/2, +1, −8/4), (+5/2, −2, +4/4), (+2/2, +1, 0) and (−1/2, 0, +1/4).
  private static let before: [[Float]] = [[-2, 0, 3], [-3, 1, -1], [-5, 1, 1], [-1, 2, 3]]
  private static let after: [[Float]] = [[1, 1, -5], [2, -1, 3], [-3, 2, 1], [-2, 2, 4]]
  private static let spreads: [Float] = [2, 1, 4]

  private static func logits(_ attribute: Int, isReversed: Bool = false) -> EditedLogits {
    EditedLogits(
      before: before, after: after, target: .init(attribute: attribute, isReversed: isReversed),
      spreads: spreads)
  }

  @Test func successIsTheSignOfTheLogitAfter() {
    #expect(Self.logits(0).successes == [true, true, false, false])
    #expect(Self.logits(2).successes == [false, true, true, true])
    #expect(Self.logits(2, isReversed: true).successes == [true, false, false, false])
  }

  // The largest change of the four edits is of attribute 2 downward, 0 upward, 0 and 1 alike, and 0 downward.
  @Test func anEditNamesItselfWhereItsOwnChangesMost() {
    #expect(Self.logits(0).namesItself == [false, true, false, false])
    #expect(Self.logits(0, isReversed: true).namesItself == [false, false, false, true])
    #expect(Self.logits(2).namesItself == [false, false, false, false])
    #expect(Self.logits(2, isReversed: true).namesItself == [true, false, false, false])
  }

  // Mean of the others over its own: (1 + 2)/2 ÷ 1.5 = 1, (2 + 1)/2 ÷ 2.5 = 0.6, 0.5 ÷ 1 = 0.5, 0.125 ÷ 0.5 = 0.25, the
  // median of which is 0.55. Attribute 2 does not change in the third: infinite, so that its median is of (0.625, 2.25, 1).
  @Test func leakageIsTheMedianOfMeanRatios() {
    #expect(abs(Self.logits(0).leakage - 0.55) <= 1e-6)
    #expect(Self.logits(0, isReversed: true).leakage == Self.logits(0).leakage)
    let ratios: [Double] = [(1.5 + 1) / 2 / 2, (2.5 + 2) / 2, .infinity, (0.5 + 0) / 2 / 0.25].sorted()
    #expect(abs(Self.logits(2).leakage - (ratios[1] + ratios[2]) / 2) <= 1e-6)
    // What never varies over photos is left out: attribute 1 of attribute 0's others.
    let some = EditedLogits(
      before: Self.before, after: Self.after, target: .init(attribute: 0, isReversed: false),
      spreads: [2, 0, 4])
    #expect(abs(some.leakage - (0.4 + 0.5) / 2) <= 1e-6, "of 2/1.5, 1/2.5, 0 and 0.5: \(some.leakage)")
  }

  private static func word(_ edited: [Int], of tried: Range<Int>, _ real: [Int], of labeled: Range<Int>)
    -> ShareOfReal
  {
    ShareOfReal(
      edited: tried.map { .init(photo: $0, isFound: edited.contains($0)) },
      real: labeled.map { .init(photo: $0, isFound: real.contains($0)) })
  }

  // 3 of 10 ÷ 4 of 8; more success than recall counts as 1; what is found in no real photo has no share.
  @Test func theShareIsSuccessByRecall() {
    let word = Self.word([0, 1, 2], of: 0..<10, [10, 11, 12, 13], of: 10..<18)
    #expect(word.success == 0.3 && word.recall == 0.5 && abs(word.share - 0.6) <= 1e-12)
    #expect(Self.word([0, 1, 2], of: 0..<4, [4], of: 4..<10).share == 1)
    #expect(Self.word([0], of: 0..<4, [], of: 4..<10).share.isNaN)
    #expect(Self.word([], of: 0..<0, [4], of: 4..<10).share.isNaN)
  }

  @Test func partsOfFewPhotosTellNothing() throws {
    let word = Self.word([0, 2, 3], of: 0..<30, [31, 40], of: 30..<60)
    let even = try #require(word.among { $0 % 2 == 0 })
    #expect(even.success == 2.0 / 15 && even.recall == 1.0 / 15)
    #expect(word.among { $0 < 40 }?.recall == 0.1)
    #expect(word.among { $0 < 39 } == nil && word.among { $0 > 20 } == nil)
  }

  // One word of share 1/2·1/1 by n edited photos: the mean over samples is binomial, whose deviation is √(n/4)/n, so that the
  // interval is 0.5 ± 1.96·0.5/√n, known to a tenth by 1000 samples. A word without share is left out of the mean.
  @Test func theIntervalIsThatOfSamplesOfPhotos() {
    let n = 400
    let word = Self.word(Array(0..<n / 2), of: 0..<n, Array(n..<2 * n), of: n..<2 * n)
    let none = Self.word([], of: 0..<0, [n], of: n..<2 * n)
    let interval = ShareOfReal.mean(of: [word, none], photos: 2 * n, seed: 3)
    let half = 1.96 * 0.5 / Double(n).squareRoot()
    #expect(interval.mean == 0.5)
    #expect(
      abs(interval.low - (0.5 - half)) < 0.2 * half && abs(interval.high - (0.5 + half)) < 0.2 * half,
      "\(interval)")
    #expect(ShareOfReal.mean(of: [word, none], photos: 2 * n, seed: 3) == interval)
    #expect(ShareOfReal.mean(of: [word, none], photos: 2 * n, seed: 4) != interval)
    // The same photos twice are no more photos: the interval stays as wide, and the mean is of both words.
    let two = ShareOfReal.mean(of: [word, word], photos: 2 * n, seed: 3)
    #expect(two == interval)
    let all = Self.word(Array(0..<n), of: 0..<n, Array(n..<2 * n), of: n..<2 * n)
    #expect(ShareOfReal.mean(of: [word, all], photos: 2 * n, seed: 3).mean == 0.75)
    #expect(ShareOfReal.mean(of: [none], photos: 2 * n, seed: 3).mean.isNaN)
  }

  // Of 1…250 in hundredths of 250, two exceed 248/250, and three would exceed 247/250: more than one in a hundred.
  @Test func oneInAHundredOthersIsTakenForTheSame() throws {
    let similarities = (1...250).map { Double($0) / 250 }.shuffled()
    let person = try #require(SamePerson(similaritiesOfOthers: similarities))
    #expect(person.threshold == 248.0 / 250)
    #expect(similarities.count { $0 > person.threshold } == 2)
    #expect(SamePerson(similaritiesOfOthers: []) == nil)
  }

  // Interpolation between the sorted numbers next to (n − 1)·q.
  @Test func quantilesInterpolate() {
    let values = [4.0, 1, 2, 8]
    #expect(values.quantile(0) == 1 && values.quantile(1) == 8 && values.median == 3)
    #expect(abs(values.quantile(0.9) - (0.3 * 4 + 0.7 * 8)) <= 1e-12)
    #expect([1, .infinity].median == .infinity && [1, 2, .infinity].median == 2 && [Double]().median.isNaN)
  }

  // Of known colors: white is L* 100 and b* 0, sRGB's blue L* 32.30 and b* −107.86 (Lindbloom).
  @Test func skinIsTypedByCIELAB() {
    for (color, lightness, b) in [
      ((255, 255, 255), 100.0, 0.0), ((0, 0, 255), 32.30, -107.86), ((0, 0, 0), 0, 0),
    ] {
      let lab = SkinTone.lab(UInt8(color.0), UInt8(color.1), UInt8(color.2))
      #expect(abs(lab.lightness - lightness) < 0.1 && abs(lab.b - b) < 0.2, "\(color): \(lab)")
    }
    // A face of one color, its eyes, mouth and surroundings of another: the cheeks alone count.
    for (skin, isLight) in [((226, 182, 158), true), ((98, 64, 46), false)] {
      let colors = [UInt8(skin.0), UInt8(skin.1), UInt8(skin.2)]
      let pixels = (0..<178 * 218).flatMap { pixel -> [UInt8] in
        let (x, y) = (pixel % 178, pixel / 178)
        return (62..<118).contains(x) && (124..<142).contains(y) ? colors : [0, 255, 0]
      }
      let image = Image(width: 178, height: 218, pixels: pixels)
      let lab = SkinTone.lab(colors[0], colors[1], colors[2])
      for alignment in [FaceAlignment.celeba, .celebaWide] {
        let angle = SkinTone.typologyAngle(
          in: image, .trained(in: image, by: .detected(by: alignment)), by: alignment)
        let tangent = (lab.lightness - 50) / lab.b
        #expect(
          abs(tan(angle * .pi / 180) - tangent) <= 1e-6 && (angle >= SkinTone.border) == isLight, "\(angle)")
      }
    }
  }
}
