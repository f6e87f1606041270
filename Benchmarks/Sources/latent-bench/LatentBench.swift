import ArgumentParser
import Foundation
import LatentWorkloads

@main
struct LatentBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent-bench", abstract: "Measures how fast the library computes.",
    discussion: "Example: latent-bench --filter '^edit|^sgemm' --threads 2")

  @Option(help: "A regular expression; only the lines in whose names it is found are measured.")
  var filter = ""

  @Option(help: "The most threads to use.")
  var threads = 1

  @Flag(help: "Print a JSON object for each line instead of a table.")
  var json = false

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads takes a number above zero, not \(threads).") }
    _ = try expression()
  }

  func run() throws {
    let expression = try expression()
    let chosen = Benchmark.all.filter { filter.isEmpty || $0.name.contains(expression) }
    if chosen.isEmpty { throw NothingMatches(filter: filter) }
    var stopwatch = Stopwatch(threads: threads)
    if !json { print(Measurement.tableHead) }
    for benchmark in chosen {
      let measurement = try stopwatch.measure(benchmark)
      print(json ? try measurement.json() : measurement.tableRow)
      fflush(nil)
    }
  }

  private func expression() throws -> Regex<AnyRegexOutput> {
    do {
      return try Regex(filter)
    } catch {
      throw ValidationError("--filter takes a regular expression, and “\(filter)” is none.")
    }
  }
}

/// A filter that leaves nothing to measure.
struct NothingMatches: LocalizedError {
  let filter: String

  var errorDescription: String? { "No line's name matches “\(filter)”." }
}
