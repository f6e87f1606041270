import CKernels
import Dispatch
import Foundation
import Synchronization
import Testing

/// Counts, for each task, how often it ran.
private final class Tally: Sendable {
  let counts: Mutex<[Int]>
  let inner: (tasks: Int, threads: Int32)

  init(tasks: Int, inner: (tasks: Int, threads: Int32) = (0, 1)) {
    counts = Mutex([Int](repeating: 0, count: tasks))
    self.inner = inner
  }

  /// Runs one loop that counts each of its tasks, and inside each task the inner loop, whose tasks it checks.
  func run(threads: Int32) {
    let tasks = counts.withLock { $0.count }
    ck_parallel(
      tasks, threads,
      { context, task in
        guard let context else { return }
        let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
        if tally.inner.tasks > 0 {
          let nested = Tally(tasks: tally.inner.tasks)
          nested.run(threads: tally.inner.threads)
          guard nested.counts.withLock({ $0.allSatisfy { $0 == 1 } }) else { return }
        }
        tally.counts.withLock { $0[task] += 1 }
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  var each: [Int] { counts.withLock { $0 } }
}

/// How many bodies are at work, were at most, and have run.
private final class Crowd: Sendable {
  let numbers = Mutex((now: 0, most: 0, ran: 0))
}

@Suite struct ParallelTests {
  // Each of the tasks runs once, and all have run when the call returns.
  @Test(arguments: [0, 1, 2, 3, 7, 1000]) func runsEachTaskOnce(tasks: Int) {
    for threads: Int32 in [1, 2, 3, 8] {
      let tally = Tally(tasks: tasks)
      tally.run(threads: threads)
      #expect(tally.each == [Int](repeating: 1, count: tasks))
    }
  }

  // A body's own loop completes though every worker may be busy with the outer one.
  @Test func nests() {
    for _ in 0..<20 {
      let tally = Tally(tasks: 12, inner: (tasks: 9, threads: 3))
      tally.run(threads: 4)
      #expect(tally.each == [Int](repeating: 1, count: 12))
    }
  }

  // No more bodies are at work at once than there may be threads.
  @Test(arguments: [1, 2, 3] as [Int32]) func keepsToItsThreads(threads: Int32) {
    let crowd = Crowd()
    ck_parallel(
      200, threads,
      { context, _ in
        guard let context else { return }
        let crowd = Unmanaged<Crowd>.fromOpaque(context).takeUnretainedValue()
        crowd.numbers.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.ran + 1) }
        sched_yield()
        crowd.numbers.withLock { $0.now -= 1 }
      }, Unmanaged.passUnretained(crowd).toOpaque())
    #expect(crowd.numbers.withLock { $0.most } <= threads)
    #expect(crowd.numbers.withLock { $0.ran } == 200)
  }

  @Test func servesConcurrentCallers() {
    let callers = (0..<6).map { _ in Tally(tasks: 50, inner: (tasks: 3, threads: 2)) }
    DispatchQueue.concurrentPerform(iterations: callers.count) { callers[$0].run(threads: 3) }
    for caller in callers { #expect(caller.each == [Int](repeating: 1, count: 50)) }
  }
}
