import LatentTraining
import TestSupport
import Testing

struct RankCorrelationTests {
  @Test func examplesByHand() throws {
    // Ranks 1, 2½, 2½, 4 and 1, 3, 2, 4: ρ = 4.5/√(4.5·5).
    let tied = try #require(RankCorrelation.spearman([1, 2, 2, 3], [10, 30, 20, 40]))
    #expect(abs(tied - 0.948_683_298_050_514) <= 1e-14)
    // Ranks 2, 2, 2, 4, 5 and 4½, 4½, 3, 2, 1: ρ = −8/√(8·9.5).
    let falling = try #require(RankCorrelation.spearman([0, 0, 0, 7, 9], [5, 5, 4, 3, 2]))
    #expect(abs(falling + 0.917_662_935_482_247) <= 1e-14)
    #expect(RankCorrelation.spearman([3, 1, 2], [9, -4, 0.5]) == 1)
    #expect(RankCorrelation.spearman([3, 1, 2], [-9, 4, -0.5]) == -1)
  }

  @Test func whatHasNoOrderHasNoCorrelation() {
    #expect(RankCorrelation.spearman([2, 2, 2], [1, 2, 3]) == nil)
    #expect(RankCorrelation.spearman([1, 2, 3], [2, 2, 2]) == nil)
    #expect(RankCorrelation.spearman([1, .nan, 3], [1, 2, 3]) == nil)
    #expect(RankCorrelation.spearman([], []) == nil)
  }

  // The rank of a value is 1 + the number of smaller ones + half the number of others equal to it; ρ is the
  // correlation of the ranks.
  @Test func ranksAreCounts() throws {
    var cases = 0
    for count in [2, 3, 10, 101] {
      for levels in [4.0, 1e9] {
        let seed = UInt64(count)
        let a = randomDoubles(count: count, seed: seed).map { ($0 * levels).rounded() }
        let b = zip(a, randomDoubles(count: count, seed: seed + 1000)).map {
          ($0 + $1 * levels).rounded() * -2
        }
        let (r, s) = (Self.ranks(a), Self.ranks(b))
        let mean = Double(count + 1) / 2
        func sum(_ x: [Double], _ y: [Double]) -> Double {
          zip(x, y).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        }
        let expected = sum(r, s) / (sum(r, r) * sum(s, s)).squareRoot()
        let got = try #require(RankCorrelation.spearman(a, b))
        // The sums are of quarters and exact.
        #expect(abs(got - expected) <= 8 * Double.ulpOfOne)
        cases += 1
      }
    }
    #expect(cases == 8)
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    values.map { value in
      let equal = values.count { $0 == value }
      return Double(1 + values.count { $0 < value }) + Double(equal - 1) / 2
    }
  }
}
