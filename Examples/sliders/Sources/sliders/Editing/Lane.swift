import Dispatch

/// A thread of its own, on which one piece of work follows the other.
///
/// Swift's own threads answer requests, and are no more than there are processors: work that takes one for long would keep
/// all from being answered.
actor Lane {
  private final class Queue: SerialExecutor {
    private let queue: DispatchQueue

    init(_ name: String) { queue = DispatchQueue(label: name) }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
  }

  private let queue: Queue

  nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

  init(_ name: String) { queue = Queue(name) }

  /// Does the work when that before it is done; none of a task that is cancelled by then.
  ///
  /// - Throws: What the work throws; `CancellationError`.
  func run<Result: Sendable>(_ work: @Sendable () throws -> Result) throws -> Result {
    try Task.checkCancellation()
    return try work()
  }
}
