import CKernels

extension Kernels {
  /// Calls `body` once for each task in 0 ..< `tasks` on at most `threads` threads, the caller being one.
  ///
  /// Which thread runs which task is left open, so that a body writes only what belongs to its task.
  package static func concurrently(_ tasks: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        ck_parallel(
          tasks, Int32(threads),
          { context, task in
            context?.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(task)
          }, UnsafeMutableRawPointer(mutating: body))
      }
    }
  }

  /// The results of `body` for each task in 0 ..< `tasks`, in their order, on at most `threads` threads.
  package static func concurrently<Result: Sendable>(
    _ tasks: Int, threads: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    [Result](unsafeUninitializedCapacity: tasks) { results, count in
      nonisolated(unsafe) let results = results
      concurrently(tasks, threads: threads) { task in
        results.initializeElement(at: task, to: body(task))
      }
      count = tasks
    }
  }
}
