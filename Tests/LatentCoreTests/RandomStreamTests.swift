import LatentCore
import TestSupport
import Testing

/// The random streams: reproducible, apart by name and seed, of the right distribution.
struct RandomStreamTests {
  @Test func streamIsAFunctionOfSeedAndName() {
    func numbers(_ seed: UInt64, _ name: String) -> [UInt64] {
      var stream = RandomStream(seed: seed, name: name)
      return (0..<100).map { _ in stream.next() }
    }
    #expect(numbers(1, "noise 0") == numbers(1, "noise 0"))
    let streams = [numbers(1, "noise 0"), numbers(1, "noise 1"), numbers(2, "noise 0"), numbers(2, "")]
    // No number occurs twice, within a stream or in two of them.
    #expect(Set(streams.joined()).count == 400)
  }

  // The moments of n normal numbers scatter by 1/√n, √(2/n), √(15/n) and √(96/n); five deviations are allowed.
  @Test func normalNumbersHaveTheirMoments() {
    let n = 200_001
    var stream = RandomStream(seed: 3, name: "normal")
    let drawn = stream.normal(shape: [n], mean: 2, deviation: 3)
    let x = drawn.elements.map { (Double($0) - 2) / 3 }
    for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let moment = x.reduce(0.0) { sum, x in sum + (0..<power).reduce(1.0) { p, _ in p * x } } / Double(n)
      #expect(abs(moment - expected) <= 5 * (variance / Double(n)).squareRoot(), "moment \(power)")
    }
    // Both numbers of a pair are used, and they are not each other's.
    let lagged = zip(x, x.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
    #expect(abs(lagged) <= 5 / Double(n).squareRoot())
  }

  // Uniform numbers stay in their range, reach into its ends and have its mean: deviation 1/√12 of the width.
  @Test func uniformNumbersFillTheirRange() {
    let n = 100_000
    var stream = RandomStream(seed: 4, name: "uniform")
    let x = stream.uniform(shape: [n], limit: 0.25).elements
    #expect(x.allSatisfy { $0 >= -0.25 && $0 <= 0.25 })
    #expect((x.min() ?? 0) < -0.2499 && (x.max() ?? 0) > 0.2499)
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(n)
    #expect(abs(mean) <= 5 * 0.5 / (12 * Double(n)).squareRoot())
    let inRange = (0..<n).map { _ in stream.uniform(in: 2...5) }
    #expect(inRange.allSatisfy { (2...5).contains($0) })
    #expect((inRange.min() ?? 0) < 2.001 && (inRange.max() ?? 0) > 4.999)
    #expect((0..<n).allSatisfy { _ in (0..<1).contains(stream.uniform()) })
  }

  // Each of 7 numbers is drawn n/7 times, give or take five deviations √(n·6/49).
  @Test func indicesAreEven() {
    let n = 70_000
    var stream = RandomStream(seed: 5, name: "index")
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<n { counts[stream.index(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs(Double($0) - Double(n) / 7) <= 5 * (Double(n) * 6 / 49).squareRoot() })
  }

  // Glorot's initialization: uniform within ±√(6/(fanIn + fanOut)), and each path draws for itself.
  @Test func parametersDrawFromTheirPath() throws {
    func specification(_ path: String) -> ParameterSpecification {
      ParameterSpecification(path: path, shape: [40, 50], initializer: .glorotUniform(fanIn: 40, fanOut: 50))
    }
    let both = Parameters([specification("a"), specification("b")], seed: 6)
    let alone = Parameters([specification("b")], seed: 6)
    #expect(both["b"] == alone["b"] && both["a"] != both["b"])
    let limit = (6.0 / 90).squareRoot()
    let largest = largestMagnitude(try #require(both["a"]).elements.map { Double($0) })
    #expect(largest <= limit + 1e-7 && largest > 0.99 * limit)
  }
}
