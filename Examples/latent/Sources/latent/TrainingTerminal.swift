import ArgumentParser
import Dispatch
import Foundation
import LatentArithmetic
import LatentCore
import Synchronization

/// The progress line of long work, and Ctrl-C.
final class TrainingTerminal: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let shownAt = Mutex(Date.distantPast)

  /// Draws the bar again on a terminal; elsewhere writes a line every half minute.
  func show(_ progress: StepProgress) {
    let isLast = progress.step == progress.steps
    let isDue = shownAt.withLock { shownAt in
      guard isLast || Date().timeIntervalSince(shownAt) >= (isTerminal ? 0.2 : 30) else { return false }
      shownAt = Date()
      return true
    }
    guard isDue else { return }
    WaitingLine.postpone()
    let width = 24
    let filled = width * progress.step / max(progress.steps, 1)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let losses = progress.losses.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
    let line =
      "\(progress.activity) \(bar) \(progress.step)/\(progress.steps)  \(rate(progress))  "
      + "\(time(progress.secondsLeft)) left  " + losses.joined(separator: "  ")
    write(isTerminal ? "\r\u{1B}[2K" + line + (isLast ? "\n" : "") : line + "\n")
  }

  /// Writes a line for the person in the place of the bar, which is drawn again below it.
  func note(_ line: String) { write((isTerminal ? "\r\u{1B}[2K" : "") + line + "\n") }

  /// Does work in a task that Ctrl-C cancels; a second Ctrl-C ends the program.
  ///
  /// - Parameters:
  ///   - checkpoint: What the work leaves behind to be resumed from, if it gets that far.
  ///   - work: Ends with a `CancellationError` when its task is cancelled.
  /// - Returns: What the work returns.
  /// - Throws: What the work throws; `ExitCode` 130, after a line that says so, when it was cancelled.
  func interruptible<Result: Sendable>(
    leaving checkpoint: URL? = nil, _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let task = Task { try work() }
    signal(SIGINT, SIG_IGN)
    let interrupts = DispatchSource.makeSignalSource(signal: SIGINT, queue: DispatchQueue(label: "Ctrl-C"))
    interrupts.setEventHandler {
      if task.isCancelled { exit(130) }
      task.cancel()
    }
    interrupts.resume()
    defer {
      interrupts.cancel()
      signal(SIGINT, SIG_DFL)
    }
    do {
      return try await task.value
    } catch is CancellationError {
      let isKept = checkpoint.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
      write(isKept ? "\nStopped; a checkpoint is kept. Continue with --resume.\n" : "\nStopped.\n")
      throw ExitCode(130)
    }
  }

  private func rate(_ progress: StepProgress) -> String {
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
