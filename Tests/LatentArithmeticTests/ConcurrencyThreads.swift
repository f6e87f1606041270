import Foundation
import Synchronization

/// What `work` returns to each of many threads, which begin it together.
///
/// - Throws: What one of them threw.
func outcomes<Outcome: Sendable>(
  ofThreads count: Int, _ work: @escaping @Sendable (Int) throws -> Outcome
) throws -> [Int: Outcome] {
  let state = ThreadOutcomes<Outcome>()
  for index in 0..<count {
    let thread = Thread {
      state.arrived.signal()
      state.start.wait()
      let outcome = Result { try work(index) }
      state.outcomes.withLock { $0[index] = outcome }
      state.ended.signal()
    }
    thread.start()
  }
  for _ in 0..<count { state.arrived.wait() }
  for _ in 0..<count { state.start.signal() }
  for _ in 0..<count { state.ended.wait() }
  return try state.outcomes.withLock { try $0.mapValues { try $0.get() } }
}

private final class ThreadOutcomes<Outcome: Sendable>: Sendable {
  let (arrived, start, ended) = (
    DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
  )
  let outcomes = Mutex<[Int: Result<Outcome, any Error>]>([:])
}
