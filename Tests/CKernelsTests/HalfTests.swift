import CKernels
import Foundation
import TestSupport
import Testing

@Suite struct HalfTests {
  // Every half is a float, so it comes back bit for bit: NaN payloads, both zeros and infinities too.
  @Test func everyHalfReturns() {
    let halves = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: 0, count: halves.count)
    var back = [UInt16](repeating: 0, count: halves.count)
    ck_float_from_half(halves.count, halves, &floats)
    ck_half_from_float(halves.count, floats, &back)
    #expect(halves.count == 65_536)
    #expect(back == halves)
  }

  // A half of exponent field e and fraction f is (1 + f/1024)·2^(e − 15), or f·2⁻²⁴ where e = 0.
  @Test func valuesFollowTheFormat() {
    let halves = (0..<UInt16(0x7c00)).map { $0 }
    var floats = [Float](repeating: .nan, count: halves.count)
    ck_float_from_half(halves.count, halves, &floats)
    let expected = halves.map { half in
      let (exponent, fraction) = (Int(half >> 10), Double(half & 0x3ff))
      return exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024) * pow(2, Double(exponent - 15))
    }
    #expect(zip(floats, expected).allSatisfy { Double($0) == $1 })
  }

  // The nearest multiple of the last place, 2^(e − 10) with e ≥ −14, ties to even; from 65,520 on it is infinite.
  @Test(
    arguments: [1, 3, 17, 200_000] + randomShapes(8) { $0.size(upTo: 70_000, near: [16, 32_768, 65_536]) })
  func roundsToNearestEven(count: Int) {
    let special: [Float] = [
      65_504, 65_519.996, 65_520, 65_536, 1e30, .infinity, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24,
      0x1p-14,
      0x1.ffcp-15, 0x1.ffep-15, 0x1.fffp-15, 1.00048828125, 1.00146484375, 0, .leastNonzeroMagnitude,
    ]
    // Scattered over 2⁻³⁰ … 2¹⁸, past both ends of the format.
    let scales = randomDoubles(count: count, seed: 1)
    let random = zip(randomFloats(count: count, seed: 2), scales).map { $0 * Float(pow(2, 8 * $1 - 6)) }
    let x = special + special.map { -$0 } + random
    var half = [UInt16](repeating: 0, count: x.count)
    var back = [Float](repeating: .nan, count: x.count)
    ck_half_from_float(x.count, x, &half)
    ck_float_from_half(x.count, half, &back)
    #expect(zip(back, x).allSatisfy { $0 == nearestHalf($1) && $0.sign == $1.sign })
  }

  @Test func notANumberStays() {
    let x: [Float] = [
      .nan, .signalingNaN, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xffff_ffff),
    ]
    var half = [UInt16](repeating: 0, count: x.count)
    var back = [Float](repeating: 0, count: x.count)
    ck_half_from_float(x.count, x, &half)
    ck_float_from_half(x.count, half, &back)
    #expect(back.allSatisfy { $0.isNaN })
    // The upper ten bits of a payload are kept; where they are 0, the first stands for the rest.
    #expect(half == [0x7e00, 0x7d00, 0x7e00, 0xffff])
  }
}

/// The half nearest to x, computed in double, where each step but the rounding is exact.
private func nearestHalf(_ x: Float) -> Float {
  guard x.isFinite, x != 0 else { return x }
  let place = pow(2, Double(max(x.exponent, -14)) - 10)
  let rounded = (Double(x) / place).rounded(.toNearestOrEven) * place
  return abs(rounded) > 65_504 ? (x < 0 ? -.infinity : .infinity) : Float(rounded)
}
