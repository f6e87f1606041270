import Foundation
import LatentWorkloads

/// Measures workloads, one after the other.
///
/// 1. Nothing is timed cold: a workload first runs for a tenth of a second and at least twice, as memory has its sizes
///    only then.
/// 2. What a run computes is dropped before the next one begins, so that memory is recycled as in a program.
/// 3. Results are read after the last run, outside the time and the peak of memory.
struct Stopwatch {
  private static let warmUp = Duration.milliseconds(100)
  private static let enough = Duration.seconds(1)
  private static let fewest = 5
  /// A workload that takes longer than `slow` is repeated `fewestSlow` times only.
  private static let slow = Duration.seconds(2)
  private static let fewestSlow = 2

  private let threads: Int
  private let clock = ContinuousClock()
  /// The time of the product that layers are compared with, once it is known.
  private var referenceRate: Double?

  init(threads: Int) { self.threads = threads }

  /// Measures a line; for a layer the reference product is measured before the first one.
  ///
  /// - Throws: ``NotFinite`` when the result holds infinities or no numbers.
  mutating func measure(_ benchmark: Benchmark) throws -> Measurement {
    guard let operations = benchmark.operations else { return try time(benchmark) }
    let isReference = benchmark.name == Benchmark.reference.name
    if referenceRate == nil, !isReference { _ = try measure(.reference) }
    var measurement = try time(benchmark)
    let rate = operations / measurement.medianMilliseconds / 1e6
    if isReference { referenceRate = rate }
    measurement.gigaflops = rate
    measurement.sgemmRatio = referenceRate.map { rate / $0 }
    return measurement
  }

  private func time(_ benchmark: Benchmark) throws -> Measurement {
    PeakMemory.reset()
    var workload = try benchmark.makeWorkload(threads: threads)
    var result: Tensor?

    func run() throws -> Duration {
      result = nil
      workload.prepare()
      return try clock.measure { result = try workload.iterate() }
    }

    var warmed = try run()
    let first = try run()
    warmed += first
    while warmed < Self.warmUp { warmed += try run() }
    let fewest = first > Self.slow ? Self.fewestSlow : Self.fewest
    var times: [Duration] = []
    var total = Duration.zero
    while times.count < fewest || total < Self.enough {
      let time = try run()
      times.append(time)
      total += time
    }
    let peak = PeakMemory.megabytes
    guard let result, result.elements.allSatisfy(\.isFinite) else { throw NotFinite(name: benchmark.name) }
    return Measurement(name: benchmark.name, threads: threads, times: times, peakMegabytes: peak)
  }
}

/// A result that is no result: what was timed did not compute what it should.
struct NotFinite: LocalizedError {
  let name: String

  var errorDescription: String? { "“\(name)” computed infinities or no numbers." }
}

/// The largest resident memory of this process.
private enum PeakMemory {
  /// Begins a new peak; where the system does not let it, the peak remains that of the lines so far.
  static func reset() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  static var megabytes: Double {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) * 1024 / 1e6
  }
}
