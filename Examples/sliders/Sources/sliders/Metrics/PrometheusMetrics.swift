import Foundation
import Metrics
import Synchronization

/// Keeps what swift-metrics reports, and writes it in Prometheus' text form, version 0.0.4.
///
/// Counters are totals, timers histograms in seconds, all else gauges.
package final class PrometheusMetrics: MetricsFactory {
  struct Name: Hashable {
    let label: String
    let dimensions: [String]
  }

  private let instruments = Mutex<[Name: any Instrument]>([:])

  package init() {}

  /// The instrument of a name, made when it is first asked for.
  private func instrument<I: Instrument>(
    _ label: String, _ dimensions: [(String, String)], _ make: () -> I
  ) -> I {
    let name = Name(
      label: "\(Self.sanitized(label))\(I.suffix)",
      dimensions: dimensions.map { "\(Self.sanitized($0))=\"\(Self.escaped($1))\"" })
    return instruments.withLock { instruments in
      if let known = instruments[name] as? I { return known }
      let new = make()
      instruments[name] = new
      return new
    }
  }

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    instrument(label, dimensions) { Total() }
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    instrument(label, dimensions) { Level() }
  }

  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    instrument(label, dimensions) { Level() }
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    instrument(label, dimensions) { Durations() }
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  /// All that was reported, a line each, those of one name together.
  package var text: String {
    let known = instruments.withLock { $0 }
    return Dictionary(grouping: known, by: \.key.label).sorted { $0.key < $1.key }
      .map { label, group in
        let lines = group.sorted { $0.key.dimensions.joined() < $1.key.dimensions.joined() }
          .flatMap { $0.value.lines(label, $0.key.dimensions) }
        return (["# TYPE \(label) \(group[0].value.kind)"] + lines).joined(separator: "\n") + "\n"
      }.joined()
  }

  private static func sanitized(_ label: String) -> String {
    String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
