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
    var isComplete = true
    for benchmark in chosen {
      do {
        let measurement = try stopwatch.measure(benchmark)
        print(json ? try measurement.json() : measurement.tableRow)
      } catch {
        isComplete = false
        let failure = Failure(name: benchmark.name, threads: threads, failure: error.localizedDescription)
        if json { print(try failure.json()) }
        FileHandle.standardError.write(Data("\(failure.name): \(failure.failure)\n".utf8))
      }
      fflush(nil)
    }
    if !isComplete { throw ExitCode.failure }
  }

  private func expression() throws -> Regex<AnyRegexOutput> {
    do {
      return try Regex(filter)
    } catch {
      throw ValidationError("--filter takes a regular expression, and “\(filter)” is none.")
    }
  }
}

/// A line that could not be measured, and why; the others are measured all the same.
private struct Failure: JSONLine {
  let name: String
  let threads: Int
  let failure: String
}

/// A filter that leaves nothing to measure.
struct NothingMatches: LocalizedError {
  let filter: String

  var errorDescription: String? { "No line's name matches “\(filter)”." }
}
