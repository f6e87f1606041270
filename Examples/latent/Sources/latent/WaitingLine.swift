import Dispatch
import Foundation
import Synchronization

/// A line that says after two seconds, and then now and again, how long a command has been at work.
///
/// Where there is a bar of steps, the bar is enough.
final class WaitingLine {
  private static let postponedAt = Mutex(Date())
  private let timer: any DispatchSourceTimer

  /// Begins to wait.
  init() {
    Self.postpone()
    let (start, isTerminal) = (Date(), isatty(STDERR_FILENO) == 1)
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "waiting"))
    timer.schedule(deadline: .now() + 2, repeating: isTerminal ? 1 : 30)
    timer.setEventHandler {
      let quiet = Self.postponedAt.withLock { Date().timeIntervalSince($0) }
      guard quiet >= 1.5 else { return }
      let line = "At work for \(Int(Date().timeIntervalSince(start).rounded())) s."
      // The cursor goes back to where what comes next begins.
      FileHandle.standardError.write(Data((isTerminal ? "\u{1B}[2K\(line)\r" : line + "\n").utf8))
    }
    timer.resume()
  }

  /// Keeps the line away for a while, since something else says how far the work is.
  static func postpone() { postponedAt.withLock { $0 = Date() } }

  /// Ends to wait.
  func end() { timer.cancel() }
}
