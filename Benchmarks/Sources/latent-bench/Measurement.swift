import Foundation

/// What is printed as a JSON object on a line of its own.
protocol JSONLine: Encodable {}

extension JSONLine {
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// What was measured for one line.
struct Measurement: JSONLine {
  let name: String
  let threads: Int
  let medianMilliseconds: Double
  let minimumMilliseconds: Double
  let iterations: Int
  let peakMegabytes: Double
  /// 10⁹ floating-point operations a second, for products and layers.
  var gigaflops: Double?
  /// The rate divided by that of `sgemm 2048` in the same run.
  var sgemmRatio: Double?

  /// - Precondition: There is at least one time.
  init(name: String, threads: Int, times: [Duration], peakMegabytes: Double) {
    precondition(!times.isEmpty, "“\(name)” was not measured.")
    let milliseconds = times.map { $0 / .milliseconds(1) }.sorted()
    let middle = milliseconds.count / 2
    medianMilliseconds =
      milliseconds.count.isMultiple(of: 2)
      ? (milliseconds[middle - 1] + milliseconds[middle]) / 2 : milliseconds[middle]
    minimumMilliseconds = milliseconds[0]
    iterations = milliseconds.count
    (self.name, self.threads, self.peakMegabytes) = (name, threads, peakMegabytes)
  }

  private enum CodingKeys: String, CodingKey {
    case name, threads
    case medianMilliseconds = "median_ms"
    case minimumMilliseconds = "min_ms"
    case iterations
    case peakMegabytes = "peak_rss_mb"
    case gigaflops = "gflops"
    case sgemmRatio = "sgemm_ratio"
  }

  static let tableHead = row("line", ["median ms", "min ms", "runs", "peak MB", "GFLOP/s", "of sgemm"])

  var tableRow: String {
    Self.row(
      name,
      [
        String(format: "%.3f", medianMilliseconds), String(format: "%.3f", minimumMilliseconds),
        "\(iterations)", String(format: "%.0f", peakMegabytes),
        gigaflops.map { String(format: "%.1f", $0) } ?? "",
        sgemmRatio.map { String(format: "%.2f", $0) } ?? "",
      ])
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    func padding(_ text: String, to width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count))
    }
    return name + padding(name, to: 56) + cells.map { padding($0, to: 11) + $0 }.joined()
  }
}
