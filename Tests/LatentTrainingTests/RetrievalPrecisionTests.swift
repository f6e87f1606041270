import LatentTraining
import TestSupport
import Testing

struct RetrievalPrecisionTests {
  @Test func examplesByHand() throws {
    // The order is 3, 0, 4, 2, 1; of the best three 3 and 4 are right.
    let three = try #require(
      RetrievalPrecision(
        of: [0.5, -2, 0, 7, 0.25], isRight: [false, true, false, true, true], atMost: 10))
    #expect(three.precision == 2.0 / 3 && three.chance == 3.0 / 5)
    let two = try #require(
      RetrievalPrecision(of: [0.5, -2, 0, 7, 0.25], isRight: [false, true, false, true, true], atMost: 2))
    #expect(two.precision == 0.5)
    // Of equals the first counts.
    let tied = try #require(RetrievalPrecision(of: [1, 1, 1], isRight: [false, true, false], atMost: 1))
    #expect(tied.precision == 0)
  }

  @Test func whereAllOrNoneAreRightNothingIsMeasured() {
    #expect(RetrievalPrecision(of: [1, 2], isRight: [true, true], atMost: 1) == nil)
    #expect(RetrievalPrecision(of: [1, 2], isRight: [false, false], atMost: 1) == nil)
    #expect(RetrievalPrecision(of: [], isRight: [], atMost: 1) == nil)
  }

  // An image is among the best where fewer images than are asked for fit better.
  @Test func theBestAreThoseThatFewFitBetter() throws {
    for count in [2, 7, 300] {
      let scores = randomDoubles(count: count, seed: UInt64(count)).map(Float.init)
      let isRight = randomDoubles(count: count, seed: UInt64(count) + 1).map { $0 > 0.2 }
      let right = isRight.count { $0 }
      guard right > 0, right < count else { continue }
      for most in [1, 10, 1000] {
        let asked = min(most, right)
        let best = scores.indices.filter { index in scores.count { $0 > scores[index] } < asked }
        let expected = Double(best.count { isRight[$0] }) / Double(asked)
        let measured = try #require(RetrievalPrecision(of: scores, isRight: isRight, atMost: most))
        #expect(measured.precision == expected)
      }
    }
  }
}
