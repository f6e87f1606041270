import Foundation
import LatentCore
import TestSupport
import Testing

struct ResamplingTapsTests {
  /// What a table does to an axis: the rows of its matrix, one for each output.
  private func matrix(_ taps: ResamplingTaps) -> [[Double]] {
    let identity = Tensor(
      shape: [taps.inputs, 1, taps.inputs, 1],
      elements: (0..<taps.inputs * taps.inputs).map { $0 / taps.inputs == $0 % taps.inputs ? 1 : 0 })
    let columns = Tape(threads: 1).constant(identity)
      .resampled(rows: .crop(0..<1, of: 1), columns: taps).value.elements
    return (0..<taps.outputs).map { output in
      (0..<taps.inputs).map { Double(columns[$0 * taps.outputs + output]) }
    }
  }

  private func expectEqual(_ taps: ResamplingTaps, _ expected: [[Double]]) {
    let got = matrix(taps)
    #expect(got.count == expected.count)
    #expect(
      worstError(got.flatMap(\.self), expected.flatMap(\.self), scale: 1) <= 2 * Double(Float.ulpOfOne))
  }

  // What Pillow made of bytes by formula, ⌊128·(v + 1)⌋: every byte equal.
  @Test(arguments: [(37, 45, 24, 21), (13, 20, 29, 31), (64, 50, 9, 50), (30, 20, 37, 25)])
  func bicubicOfBytesIsPillows(_ height: Int, _ width: Int, _ rows: Int, _ columns: Int) throws {
    let arrays = try NumPyArchive.arrays(contentsOf: Fixtures.url("pillow-bicubic.npz"))
    let expected = try #require(arrays["\(height)x\(width)to\(rows)x\(columns)"])
    #expect(expected.shape == [rows, columns, 3])
    let image = formulaValues(name: "pillow.\(height)x\(width)", count: height * width * 3)
      .map { UInt8((Double($0) + 1) * 128) }
    let got = Kernels.resample(
      image, channels: 3, rows: .bicubic(from: height, to: rows), columns: .bicubic(from: width, to: columns))
    #expect(got == expected.values.map { UInt8($0) })
  }

  // What Pillow made of one plane of singles, which it adds up in double: each of the two passes rounds once there, and
  // here as often as it has taps, at most 10; the weights' magnitudes add up to less than 1.5, twice.
  @Test func bicubicOfFloatsIsPillows() throws {
    let arrays = try NumPyArchive.arrays(contentsOf: Fixtures.url("pillow-bicubic.npz"))
    let expected = try #require(arrays["f"])
    let image = Tensor(shape: [1, 33, 26, 1], elements: formulaValues(name: "pillow.f", count: 33 * 26))
    let got = Tape(threads: 1).constant(image)
      .resampled(rows: .bicubic(from: 33, to: 15), columns: .bicubic(from: 26, to: 40)).value
    #expect(got.shape == [1, 15, 40, 1])
    #expect(worstError(got.elements, expected.values, scale: 1) <= 10 * 1.5 * 1.5 * Double(Float.ulpOfOne))
  }

  // PyTorch's definitions, for sizes that divide each other and for others.
  @Test(arguments: [(7, 7), (12, 4), (10, 7), (3, 8), (1, 5), (9, 1)])
  func tablesFollowTheirDefinitions(_ inputs: Int, _ outputs: Int) {
    let (n, m) = (Double(inputs), Double(outputs))
    func rows(_ weight: (Double, Double) -> Double) -> [[Double]] {
      (0..<outputs).map { i in (0..<inputs).map { weight(Double(i), Double($0)) } }
    }
    let means = rows { i, p in
      let (first, end) = ((i * n / m).rounded(.down), ((i + 1) * n / m).rounded(.up))
      return p >= first && p < end ? 1 / (end - first) : 0
    }
    expectEqual(.windowMeans(from: inputs, to: outputs), means)
    expectEqual(.nearest(from: inputs, to: outputs), rows { i, p in p == (i * n / m).rounded(.down) ? 1 : 0 })
    for isAligned in [false, true] {
      let lines = rows { i, p in
        let place =
          isAligned ? (m > 1 ? i * (n - 1) / (m - 1) : 0) : min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
        return max(1 - abs(p - place), 0)
      }
      expectEqual(.bilinear(from: inputs, to: outputs, aligningCorners: isAligned), lines)
    }
    let binomials = [1.0, 4, 6, 4, 1]
    let squareRows = (0..<inputs).map { i -> [Double] in
      let row = (0..<inputs).map { abs($0 - i) <= 2 ? binomials[$0 - i + 2] : 0 }
      return row.map { $0 / row.reduce(0, +) }
    }
    expectEqual(.binomialMeans(of: inputs), squareRows)
    let cubic = matrix(.bicubic(from: inputs, to: outputs))
    // A constant stays constant.
    #expect(cubic.allSatisfy { abs($0.reduce(0, +) - 1) <= 1e-6 })
  }

  // (B ∘ A) is the product of the matrices of B and A.
  @Test func chainedTablesAreTheProduct() {
    let pairs: [(ResamplingTaps, ResamplingTaps)] = [
      (.nearest(from: 16, to: 112), .windowMeans(from: 112, to: 14)),
      (.bicubic(from: 20, to: 9), .crop(2..<7, of: 9)),
      (.crop(3..<11, of: 13), .bicubic(from: 8, to: 17)),
    ]
    for (a, b) in pairs {
      let (x, y) = (matrix(a), matrix(b))
      let product = y.map { row in
        (0..<a.inputs).map { input in zip(row, x).reduce(0) { $0 + $1.0 * $1.1[input] } }
      }
      expectEqual(a.followed(by: b), product)
    }
  }
}
