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
  /// Who does the work together; the first shows how far it is.
  private let ranks: RankGroup

  init(ranks: RankGroup = .alone) { self.ranks = ranks }

  /// Draws the bar again on a terminal; elsewhere writes a line every half minute.
  func show(_ progress: StepProgress) {
    WaitingLine.postpone()
    if !ranks.isFirst { return }
    let isLast = progress.step == progress.steps
    let isDue = shownAt.withLock { shownAt in
      guard isLast || Date().timeIntervalSince(shownAt) >= (isTerminal ? 0.2 : 30) else { return false }
      shownAt = Date()
      return true
    }
    guard isDue else { return }
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
    // mpirun tells ranks to end by SIGTERM, when it was interrupted or one of them is gone.
    let number = ranks.count > 1 ? SIGTERM : SIGINT
    for ignored in [SIGINT, number] { signal(ignored, SIG_IGN) }
    let interrupts = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "Ctrl-C"))
    interrupts.setEventHandler { [self] in
      if task.isCancelled { exit(130) }
      task.cancel()
      if ranks.count > 1 { end(leaving: checkpoint) }
    }
    interrupts.resume()
    defer {
      interrupts.cancel()
      signal(number, SIG_DFL)
    }
    do {
      return try await task.value
    } catch is CancellationError {
      // Of several ranks one says so, when their time is over.
      if ranks.count == 1 { tellOfEnd(leaving: checkpoint) }
      throw ExitCode(130)
    }
  }

  /// Does work, at each of the ranks that `mpirun` started if it did; an error of any ends all, and one tells it.
  static func together<Result: Sendable>(
    leaving checkpoint: URL? = nil,
    _ work: @escaping @Sendable (RankGroup, TrainingTerminal) throws -> Result
  ) async throws -> Result {
    let ranks = try RankGroup.started()
    let terminal = TrainingTerminal(ranks: ranks)
    do {
      return try await terminal.interruptible(leaving: checkpoint) {
        let result = try work(ranks, terminal)
        // Ranks wait here for the first, which may have more to do than they, and may still lose it.
        ranks.finish()
        return result
      }
    } catch  where ranks.count > 1 {
      await terminal.endAll(by: error)
    }
  }

  private func tellOfEnd(leaving checkpoint: URL?) {
    let isKept = checkpoint.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    write(isKept ? "\nStopped; a checkpoint is kept. Continue with --resume.\n" : "\nStopped.\n")
  }

  // MARK: - Ranks

  /// The time that mpirun gives a rank to end, less what it takes to say so.
  private static let notice = 0.7

  /// Ends a rank that mpirun told to end, whose work may wait for a rank that is gone; the first that is alive says so.
  private func end(leaving checkpoint: URL?) {
    let speaks = ranks.isFirstAlive
    Thread.sleep(forTimeInterval: Self.notice)
    if speaks { tellOfEnd(leaving: checkpoint) }
    _exit(130)
  }

  /// Ends all ranks by an error, which one of them tells: the first, or one that alone has it.
  func endAll(by error: any Error) async -> Never {
    // Told to end, all ranks do so at one time.
    if error is ExitCode { while true { try? await Task.sleep(for: .seconds(1)) } }
    var patience = 0.5 * Double(min(ranks.rank, 6))
    if case RankError.otherFailed? = error as? RankError { patience = 5 }
    try? await Task.sleep(for: .seconds(patience))
    if patience < 5 { printError("Error: \(LatentCommand.message(for: error))") }
    ranks.abort(status: 1)
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
