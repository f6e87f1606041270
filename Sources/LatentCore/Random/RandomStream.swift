import Foundation

/// A reproducible stream of random numbers, named so that each use has its own.
///
/// SplitMix64 (Steele, Lea and Flood 2014) started from the seed and the FNV-1a hash of the name: the same seed and
/// name give the same bits on every machine, whatever else was drawn; normal numbers follow from them by the system's
/// logarithm and cosine, whose last bit may differ between systems. A name that holds the step makes a resumed
/// training draw what an uninterrupted one would.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Opens the stream of a seed that is called `name`.
  package init(seed: UInt64, name: String) {
    let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    state = hash
    state = next() ^ seed
    state = next()
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< 1 with 53 random bits.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in `range`, uniformly.
  package mutating func uniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + Float(uniform()) * (range.upperBound - range.lowerBound)
  }

  /// A whole number in 0 ..< bound, uniformly but for one part in 2⁶⁴/bound.
  ///
  /// - Precondition: The bound is positive.
  package mutating func index(below bound: Int) -> Int {
    precondition(bound > 0, "There is no number from 0 to below \(bound).")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A tensor of independent normal numbers (Box and Muller 1958).
  package mutating func normal(shape: [Int], mean: Float = 0, deviation: Float = 1) -> Tensor {
    Tensor(unsafeUninitialized: shape) { elements in
      var index = 0
      while index < elements.count {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        elements[index] = mean + deviation * Float(radius * cos(angle))
        if index + 1 < elements.count { elements[index + 1] = mean + deviation * Float(radius * sin(angle)) }
        index += 2
      }
    }
  }

  /// A tensor of independent numbers, uniform in −limit ..< limit.
  package mutating func uniform(shape: [Int], limit: Float) -> Tensor {
    Tensor(unsafeUninitialized: shape) { elements in
      for index in elements.indices { elements[index] = limit * Float(2 * uniform() - 1) }
    }
  }
}
