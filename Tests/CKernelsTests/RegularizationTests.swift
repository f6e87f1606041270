import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct RegularizationTests {
  // MARK: - Dropout

  // y = x·m/(1 − rate) with the twin's mask, in place too.
  @Test(arguments: [0, 0.1, 0.4, 0.9] as [Float]) func dropoutMatchesReference(rate: Float) {
    let counts = randomShapes(6) { $0.size(upTo: 70_000, near: [16, 32_768, 65_536]) }
    for count in [1, 3, 17, 1000, 70_000] + counts {
      let x = randomFloats(count: count, seed: 1)
      var expected = [Double](repeating: .nan, count: count)
      ck_reference_dropout(count, Double(rate), 5, doubles(x), &expected)
      let results = [Int32(1), 2, 3].map { threads in
        var y = [Float](repeating: .nan, count: count)
        ck_dropout(count, rate, 5, x, &y, threads)
        return y
      }
      #expect(worstError(results[0], expected, scale: 1 / Double(1 - rate)) <= roundingTolerance(terms: 1))
      #expect(zip(results[0], expected).allSatisfy { ($0 == 0) == ($1 == 0) })
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
      var inPlace = x
      inPlace.withUnsafeMutableBufferPointer { values in
        ck_dropout(count, rate, 5, values.baseAddress, values.baseAddress, 2)
      }
      #expect(bitPatterns(inPlace) == bitPatterns(results[0]))
    }
  }

  // Value i is dropped where the top half of SplitMix64's number i, of a stream that begins with the mixed seed, is
  // below rate·2³² (Steele, Lea & Flood 2014). A training that is resumed relies on it.
  @Test func dropoutMasksAreThoseOfSplitMix() {
    func mixed(_ bits: UInt64) -> UInt64 {
      let first = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      let second = (first ^ (first >> 27)) &* 0x94D0_49BB_1331_11EB
      return second ^ (second >> 31)
    }
    let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    for seed in [0, 5, UInt64.max] {
      let stream = mixed(seed &+ increment)
      let expected = (0..<500 as Range<UInt64>).map {
        mixed(stream &+ $0 &* increment) >> 32 >= UInt64(0.25 * 0x1p32)
      }
      var y = [Float](repeating: .nan, count: 500)
      ck_dropout(500, 0.25, seed, [Float](repeating: 3, count: 500), &y, 1)
      #expect(y == expected.map { $0 ? 4 : 0 })
    }
  }

  // The dropped share of n values is binomial: rate ± 5·√(rate·(1 − rate)/n). Masks of different seeds agree as
  // often as independent ones do, also when one is moved by a place: rate² + (1 − rate)².
  @Test func dropoutIsUniformAndIndependent() {
    let (count, rate) = (100_000, 0.4)
    let x = randomFloats(count: count, seed: 2).map { abs($0) + 0.1 }
    let masks = [UInt64(8), 9].map { seed in
      var y = [Float](repeating: .nan, count: count)
      ck_dropout(count, Float(rate), seed, x, &y, 1)
      return y.map { $0 != 0 }
    }
    func check(_ share: Double, _ probability: Double) {
      #expect(abs(share - probability) <= 5 * (probability * (1 - probability) / Double(count)).squareRoot())
    }
    for mask in masks { check(Double(mask.count { !$0 }) / Double(count), rate) }
    let agreement = rate * rate + (1 - rate) * (1 - rate)
    for shift in [0, 1] {
      let pairs = zip(masks[0].dropFirst(shift), masks[1])
      check(Double(pairs.count { $0 == $1 }) / Double(count - shift), agreement)
      let moved = zip(masks[0], masks[1].dropFirst(shift))
      check(Double(moved.count { $0 == $1 }) / Double(count - shift), agreement)
    }
  }

  // MARK: - Augmentation

  static let shapes =
    [
      Shape(batch: 1, height: 1, width: 1, channels: 1), Shape(batch: 7, height: 7, width: 5, channels: 3),
      Shape(batch: 7, height: 6, width: 6, channels: 1), Shape(batch: 7, height: 9, width: 4, channels: 17),
      Shape(batch: 7, height: 40, width: 33, channels: 3),
    ]
    + randomShapes(16) { stream in
      Shape(
        batch: stream.size(upTo: 7), height: stream.size(upTo: 40), width: stream.size(upTo: 40),
        channels: stream.size(upTo: 20, near: [3, 4, 16]))
    }

  // y = translate(contrast(saturation(x + brightness))): about four roundings of values of size gain·|x|.
  @Test(arguments: shapes) func augmentMatchesReference(_ shape: Shape) {
    let changes = shape.changes
    let x = randomFloats(count: shape.count, seed: 3)
    for (fast, twin) in [
      (ck_augment_forward, ck_reference_augment_forward),
      (ck_augment_backward, ck_reference_augment_backward),
    ] {
      var expected = [Double](repeating: .nan, count: x.count)
      twin(shape.batch, shape.height, shape.width, shape.channels, changes, doubles(x), &expected)
      let results = [Int32(1), 2, 3].map { threads in
        var y = [Float](repeating: .nan, count: x.count)
        fast(shape.batch, shape.height, shape.width, shape.channels, changes, x, &y, threads)
        return y
      }
      #expect(worstError(results[0], expected, scale: largest(doubles(x)) + 1) <= roundingTolerance(terms: 1))
      #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
    }
  }

  // ⟨A(x) − A(0), y⟩ = ⟨x, Aᵀy⟩, to the rounding of a double sum; A is affine.
  @Test(arguments: shapes) func referenceAugmentIsAdjoint(_ shape: Shape) {
    let (x, y) = (randomDoubles(count: shape.count, seed: 4), randomDoubles(count: shape.count, seed: 5))
    func forward(_ x: [Double]) -> [Double] {
      var result = [Double](repeating: .nan, count: x.count)
      ck_reference_augment_forward(
        shape.batch, shape.height, shape.width, shape.channels, shape.changes, x, &result)
      return result
    }
    var back = [Double](repeating: .nan, count: x.count)
    ck_reference_augment_backward(
      shape.batch, shape.height, shape.width, shape.channels, shape.changes, y, &back)
    let linear = zip(forward(x), forward([Double](repeating: 0, count: x.count))).map { $0 - $1 }
    let root = Double(shape.count).squareRoot()
    #expect(abs(innerProduct(linear, y) - innerProduct(x, back)) <= 1e-12 * root)
  }

  // The record (0, 1, 1, 0, 0) is the identity, and a shift moves pixels down and right.
  @Test func augmentMovesPixels() {
    let x = randomFloats(count: 12, seed: 6)
    var y = [Float](repeating: .nan, count: 12)
    var change = ck_augmentation(brightness: 0, saturation: 1, contrast: 1, shift_down: 0, shift_right: 0)
    ck_augment_forward(1, 3, 4, 1, &change, x, &y, 1)
    #expect(y == x)
    (change.shift_down, change.shift_right) = (1, -2)
    ck_augment_forward(1, 3, 4, 1, &change, x, &y, 1)
    #expect(y == [0, 0, 0, 0, x[2], x[3], 0, 0, x[6], x[7], 0, 0])
  }

  struct Shape: CustomTestStringConvertible {
    let batch: Int
    let height: Int
    let width: Int
    let channels: Int
    var count: Int { batch * height * width * channels }
    var testDescription: String { "\(batch)×\(height)×\(width)×\(channels)" }

    /// Random colors; shifts of both signs, none, and one out of the picture.
    fileprivate var changes: [ck_augmentation] {
      let shifts: [(Int32, Int32)] = [(1, -2), (0, 0), (-1, 1), (0, 3), (-2, 0), (100, 1), (1, -200)]
      let random = randomFloats(count: 3 * batch, seed: 7)
      return (0..<batch).map { image in
        ck_augmentation(
          brightness: 0.3 * random[3 * image], saturation: 1 + 0.4 * random[3 * image + 1],
          contrast: 1 + 0.2 * random[3 * image + 2], shift_down: shifts[image].0, shift_right: shifts[image].1
        )
      }
    }
  }
}
