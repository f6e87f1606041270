import Foundation

/// Measures the rate of steps over the last reports, so that the time left follows the machine's load.
package struct StepClock {
  private var reports: [(time: Date, steps: Int)]

  /// Starts the clock.
  package init(at start: Date = Date()) { reports = [(start, 0)] }

  /// Notes that `count` more steps are made, and returns the steps per second.
  package mutating func tick(_ count: Int = 1, at time: Date = Date()) -> Double {
    let (first, last) = (reports[0], reports[reports.count - 1])
    let now = (time: time, steps: last.steps + count)
    reports.append(now)
    if reports.count > 30 { reports.removeFirst() }
    return Double(now.steps - first.steps) / max(now.time.timeIntervalSince(first.time), 1e-9)
  }
}
