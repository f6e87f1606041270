import CKernels
import CKernelsReference
import TestSupport
import Testing

@Suite struct ResampleTests {
  /// A table of random weights whose outputs begin anywhere and may have no input at all.
  struct Table {
    let inputs: Int, outputs: Int, reach: Int
    let firsts: [UInt32], counts: [UInt32], weights: [Double]

    init(inputs: Int, outputs: Int, reach: Int, seed: UInt64) {
      (self.inputs, self.outputs, self.reach) = (inputs, outputs, reach)
      var stream = ShapeStream(seed: seed)
      counts = (0..<outputs).map { _ in UInt32(Int.random(in: 0...min(reach, inputs), using: &stream)) }
      firsts = counts.map { UInt32(Int.random(in: 0...inputs - Int($0), using: &stream)) }
      weights = randomDoubles(count: outputs * reach, seed: seed)
    }

    func with<Result>(_ body: (UnsafePointer<ck_taps>) -> Result) -> Result {
      firsts.withUnsafeBufferPointer { firsts in
        counts.withUnsafeBufferPointer { counts in
          weights.withUnsafeBufferPointer { weights in
            var taps = ck_taps(
              in: inputs, out: outputs, reach: reach, first: firsts.baseAddress, count: counts.baseAddress,
              weight: weights.baseAddress)
            return body(&taps)
          }
        }
      }
    }
  }

  struct Case: Sendable {
    let batch: Int, channels: Int
    let rows: (inputs: Int, outputs: Int, reach: Int)
    let columns: (inputs: Int, outputs: Int, reach: Int)
  }

  static let cases =
    [
      Case(batch: 2, channels: 3, rows: (64, 28, 11), columns: (50, 21, 9)),
      Case(batch: 1, channels: 3, rows: (224, 300, 4), columns: (200, 170, 3)),
      Case(batch: 3, channels: 19, rows: (5, 9, 2), columns: (7, 14, 2)),
      Case(batch: 1, channels: 1, rows: (1, 6, 1), columns: (1, 1, 1)),
    ]
    + randomShapes(20) { stream in
      func axis() -> (Int, Int, Int) {
        (
          stream.size(upTo: 60, near: [16, 32]), stream.size(upTo: 60, near: [16, 32]),
          stream.size(upTo: 12)
        )
      }
      return Case(
        batch: stream.size(upTo: 3), channels: stream.size(upTo: 40, near: [3, 16, 32]), rows: axis(),
        columns: axis())
    }

  // y = R·x·Cᵀ for each channel: reach² products of three normal numbers at most, each weight rounded once.
  @Test(arguments: cases) func matchesReference(_ item: Case) {
    let rows = Table(
      inputs: item.rows.inputs, outputs: item.rows.outputs, reach: item.rows.reach, seed: 1)
    let columns = Table(
      inputs: item.columns.inputs, outputs: item.columns.outputs, reach: item.columns.reach, seed: 2)
    let x = randomFloats(
      count: item.batch * rows.inputs * columns.inputs * item.channels, seed: 3)
    let outputs = item.batch * rows.outputs * columns.outputs * item.channels
    var expected = [Double](repeating: .nan, count: outputs)
    rows.with { rows in
      columns.with { ck_reference_resample(item.batch, rows, $0, item.channels, doubles(x), &expected) }
    }
    let results = [Int32(1), 2, 3].map { threads in
      var y = [Float](repeating: .nan, count: outputs)
      rows.with { rows in
        columns.with { ck_resample(item.batch, rows, $0, item.channels, x, &y, threads) }
      }
      return y
    }
    let terms = item.rows.reach * item.columns.reach
    // The largest of many products of three normal numbers is some times their deviation.
    #expect(
      worstError(results[0], expected, scale: Double(terms).squareRoot())
        <= 4 * roundingTolerance(terms: terms))
    #expect(results.allSatisfy { bitPatterns($0) == bitPatterns(results[0]) })
  }

  // The bytes' kernel is its definition in whole numbers: ⌊(Σ k·v + ½)⌋ clamped to a byte, k = ⌊2²²·w + ½⌋, columns first.
  @Test(arguments: cases.filter { $0.batch == 1 }) func bytesAreFixedPoint(_ item: Case) {
    func table(_ axis: (inputs: Int, outputs: Int, reach: Int), seed: UInt64) -> Table {
      // Weights of magnitudes below 2 in sum.
      Table(inputs: axis.inputs, outputs: axis.outputs, reach: min(axis.reach, 2), seed: seed).shrunk
    }
    let (rows, columns) = (table(item.rows, seed: 5), table(item.columns, seed: 6))
    let image = randomDoubles(count: rows.inputs * columns.inputs * item.channels, seed: 7)
      .map { UInt8(min(max(128 + 80 * $0, 0), 255)) }
    var got = [UInt8](repeating: 7, count: rows.outputs * columns.outputs * item.channels)
    rows.with { rows in columns.with { ck_resample_bytes(rows, $0, item.channels, image, &got) } }
    func sum(_ table: Table, _ place: Int, _ value: (Int) -> UInt8) -> UInt8 {
      var sum = 1 << 21
      for tap in 0..<Int(table.counts[place]) {
        let scaled = table.weights[place * table.reach + tap] * 0x1p22
        sum += Int(scaled.rounded(.toNearestOrAwayFromZero)) * Int(value(Int(table.firsts[place]) + tap))
      }
      return UInt8(min(max(sum >> 22, 0), 255))
    }
    var expected: [UInt8] = []
    for i in 0..<rows.outputs {
      for j in 0..<columns.outputs {
        for c in 0..<item.channels {
          expected.append(
            sum(rows, i) { row in
              sum(columns, j) { image[(row * columns.inputs + $0) * item.channels + c] }
            })
        }
      }
    }
    #expect(got == expected)
  }
}

extension ResampleTests.Table {
  /// The same table with weights in −0.9 … 0.9.
  var shrunk: Self {
    Self(self, weights: weights.map { $0 / (abs($0) + 0.12) * 0.9 })
  }

  private init(_ other: Self, weights: [Double]) {
    (inputs, outputs, reach) = (other.inputs, other.outputs, other.reach)
    (firsts, counts, self.weights) = (other.firsts, other.counts, weights)
  }
}
