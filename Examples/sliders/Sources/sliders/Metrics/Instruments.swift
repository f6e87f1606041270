import Metrics
import Synchronization

/// Something that is measured, with its lines in Prometheus' text form.
protocol Instrument: AnyObject, Sendable {
  /// What Prometheus' names of its kind end in.
  static var suffix: String { get }
  /// Prometheus' name of its kind.
  var kind: String { get }
  func lines(_ label: String, _ dimensions: [String]) -> [String]
}

extension Instrument {
  func line(_ label: String, _ dimensions: [String], _ value: some CustomStringConvertible) -> String {
    dimensions.isEmpty ? "\(label) \(value)" : "\(label){\(dimensions.joined(separator: ","))} \(value)"
  }
}

/// What only grows.
final class Total: Instrument, CounterHandler {
  static let suffix = "_total"
  let kind = "counter"
  private let value = Mutex<Int64>(0)

  func increment(by amount: Int64) { value.withLock { $0 += amount } }
  func reset() { value.withLock { $0 = 0 } }

  func lines(_ label: String, _ dimensions: [String]) -> [String] {
    [line(label, dimensions, value.withLock { $0 })]
  }
}

/// What goes up and down.
final class Level: Instrument, MeterHandler, RecorderHandler {
  static let suffix = ""
  let kind = "gauge"
  private let value = Mutex(0.0)

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }

  func lines(_ label: String, _ dimensions: [String]) -> [String] {
    [line(label, dimensions, value.withLock { $0 })]
  }
}

/// How long something takes: how often it stayed within each of several bounds.
final class Durations: Instrument, TimerHandler {
  static let suffix = "_seconds"
  let kind = "histogram"
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  private struct Counts {
    var within = [Int](repeating: 0, count: Durations.bounds.count)
    var all = 0
    var sum = 0.0
  }

  private let counts = Mutex(Counts())

  func recordNanoseconds(_ duration: Int64) {
    let seconds = Double(duration) / 1e9
    counts.withLock { counts in
      for (index, bound) in Self.bounds.enumerated() where seconds <= bound { counts.within[index] += 1 }
      counts.all += 1
      counts.sum += seconds
    }
  }

  func lines(_ label: String, _ dimensions: [String]) -> [String] {
    let counts = counts.withLock { $0 }
    func bucket(_ bound: String, _ count: Int) -> String {
      line("\(label)_bucket", dimensions + ["le=\"\(bound)\""], count)
    }
    return zip(Self.bounds, counts.within).map { bucket("\($0)", $1) }
      + [
        bucket("+Inf", counts.all), line("\(label)_sum", dimensions, counts.sum),
        line("\(label)_count", dimensions, counts.all),
      ]
  }
}
