import ArgumentParser
import Dispatch
import Foundation
import LatentArithmetic
import Synchronization

/// The progress line of a training, and Ctrl-C.
///
/// The first Ctrl-C asks the training to stop after its step and leave a checkpoint; a second ends the program.
final class TrainingTerminal {
  private final class Flag: Sendable {
    let isRaised = Atomic(false)
  }

  private let flag = Flag()
  private let interrupts: any DispatchSourceSignal
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var shownAt = Date.distantPast

  init() {
    let flag = flag
    signal(SIGINT, SIG_IGN)
    interrupts = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    interrupts.setEventHandler {
      if flag.isRaised.exchange(true, ordering: .relaxed) { exit(130) }
    }
    interrupts.resume()
  }

  func isStopped() -> Bool { flag.isRaised.load(ordering: .relaxed) }

  /// Draws the bar again on a terminal; elsewhere writes a line every half minute.
  func show(_ progress: TrainingProgress) {
    let isLast = progress.step == progress.steps
    guard isLast || Date().timeIntervalSince(shownAt) >= (isTerminal ? 0.2 : 30) else { return }
    shownAt = Date()
    let width = 24
    let filled = width * progress.step / max(progress.steps, 1)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let losses = progress.losses.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
    let line =
      "\(progress.activity) \(bar) \(progress.step)/\(progress.steps)  \(rate(progress))  "
      + "\(time(progress.secondsLeft)) left  " + losses.joined(separator: "  ")
    write(isTerminal ? "\r\u{1B}[2K" + line + (isLast ? "\n" : "") : line + "\n")
  }

  /// Does work that Ctrl-C may end before anything is written.
  func interruptible<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch is CancellationError {
      write("\nStopped.\n")
      throw ExitCode(130)
    }
  }

  /// Says how the training ended; a stopped one exits as a program ended by Ctrl-C does.
  func finish(isComplete: Bool, model: URL, checkpoint: URL) throws {
    guard isComplete else {
      let isKept = FileManager.default.fileExists(atPath: checkpoint.path)
      write(isKept ? "\nStopped; a checkpoint is kept. Continue with --resume.\n" : "\nStopped.\n")
      throw ExitCode(130)
    }
    write("Wrote \(model.path).\n")
  }

  private func rate(_ progress: TrainingProgress) -> String {
    if progress.rate == 0 { return "?" }
    return progress.rate >= 1
      ? String(format: "%.1f/s", progress.rate) : String(format: "%.2f s each", 1 / progress.rate)
  }

  private func time(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let minutes = Int(seconds / 60)
    return minutes >= 60 ? "\(minutes / 60) h \(minutes % 60) min" : "\(minutes) min \(Int(seconds) % 60) s"
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Writes a line for the person, apart from the program's output.
func printError(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
