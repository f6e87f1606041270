import LatentTraining
import Testing

/// How far θ = 1 goes, by logits that are made up: photo i's is bᵢ + s·t after a step of length t.
struct UnitStepTests {
  private static let before = [-6.0, -3, -5, -4.5, -7]  // median −5

  private static func step(real: [Double], gap: Double, slope: Double, longest: Float = 10) -> UnitStep? {
    UnitStep(before: before, real: real, gap: gap, lengths: 1...longest) { step in
      before.map { $0 + slope * Double(step) }
    }
  }

  // The 2/3 quantile of 0, …, −3 is −1, their median −1.5: the median of the edited photos, −5 + s·t, gets there at t = 4/s.
  // No real photo's logit is positive, and the step is found all the same.
  @Test(arguments: [0.7, 1, 2, 5]) func theMedianReachesTheUpperThird(slope: Double) throws {
    let unit = try #require(Self.step(real: [-3, 0, -2, -1], gap: 10, slope: slope))
    let exact = 4 / slope
    let width = max(Double(unit.length) / 5, 1) / 16
    #expect(
      Double(unit.length) >= exact - 1e-5 && Double(unit.length) <= exact + width, "\(unit) of \(exact)")
    let typical = Self.before.count { $0 + slope * Double(unit.length) >= -1.5 }
    #expect(unit.typicality == Double(typical) / 5 && UnitStep.isStrong(unit.typicality))
  }

  // With a gap of g the median may move by 3·g: the step is the first of 1.25ⁿ that moves it as far, and no interval is
  // halved. The real photos' median being −1.5, it is passed by a movement of 3.5.
  @Test(arguments: [(0.6, false), (1.1, false), (1.2, true)])
  func theStepEndsAtThreeGaps(gap: Double, isStrong: Bool) throws {
    let unit = try #require(Self.step(real: [-3, 0, 4, -1, -2, 4], gap: gap, slope: 0.5, longest: 100))
    var expected = 1.0
    while 0.5 * expected < 3 * gap { expected *= 1.25 }
    #expect(abs(Double(unit.length) - expected) <= 1e-4, "\(unit), not \(expected)")
    // −0.5 is the median of these real photos.
    #expect(UnitStep.isStrong(unit.typicality) == (-5 + 0.5 * Double(unit.length) >= -0.5))
    if !isStrong { #expect(!UnitStep.isStrong(unit.typicality)) }
  }

  // No longer than the first that is as long as any code.
  @Test func theStepEndsAtTheLongest() throws {
    let unit = try #require(Self.step(real: [-1], gap: 100, slope: 0.01, longest: 3))
    #expect(
      unit.length >= 3 && unit.length < 3 * 1.25 && !UnitStep.isStrong(unit.typicality)
        && unit.typicality == 0)
  }

  @Test func whatCannotBeToldHasNoStep() {
    #expect(Self.step(real: [], gap: 1, slope: 1) == nil)
    #expect(
      Self.step(real: [-5, -5], gap: 1, slope: 1) == nil, "real photos are as those that lack the word")
    #expect(Self.step(real: [-4.9, -4.9], gap: 1, slope: 1) != nil)
    #expect(UnitStep(before: [], real: [1], gap: 1, lengths: 1...2, edited: { _ in [] }) == nil)
  }
}
