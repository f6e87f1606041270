import TestSupport

/// Returns ⟨a, b⟩.
func innerProduct(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// The largest magnitude in `values`.
func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }

func bitPatterns(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

func doubles(_ values: [Float]) -> [Double] { values.map { Double($0) } }

/// The central differences of `function` at `point`.
///
/// With a step of 1e-5 the truncation, step²·f‴/6, and the rounding, 1e-16·f/step, are both near 1e-11, far below
/// the 1e-6 that the tests allow.
func centralDifferences(at point: [Double], of function: ([Double]) -> Double) -> [Double] {
  let step = 1e-5
  return point.indices.map { index in
    var (above, below) = (point, point)
    above[index] += step
    below[index] -= step
    return (function(above) - function(below)) / (above[index] - below[index])
  }
}

/// Sizes that leave remainders in every direction: vectors, wide rows and blocks of 32,768 values; and random ones.
let awkwardSizes: [(rows: Int, channels: Int)] =
  [1, 7, 1000].flatMap { rows in [1, 3, 5, 17, 64].map { (rows, $0) } } + [
    (20_000, 3), (700, 130), (2, 40_000),
  ]
  + randomShapes(16) { stream in
    let channels = stream.size(upTo: 300, near: [4, 16, 32, 63, 64, 128])
    let rows = stream.size(upTo: 70_000 / channels + 1, near: [4, 16, 64, 32_768 / channels])
    return (rows, channels)
  }
