import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// Something whose time is measured, with its inputs made.
protocol Workload {
  /// Does what an iteration needs but is not to be timed.
  mutating func prepare()
  /// One timed iteration; returns what it computed, so that the result can be checked.
  mutating func iterate() throws -> Tensor
}

extension Workload {
  mutating func prepare() {}
}

/// A line of the report: a name, and how to make its workload for a number of threads.
struct Benchmark: Sendable {
  let name: String
  /// The floating-point operations of an iteration where they are to be reported, nil elsewhere.
  let operations: Double?
  let makeWorkload: @Sendable (_ threads: Int) throws -> any Workload

  init(
    _ name: String, operations: Double? = nil,
    makeWorkload: @escaping @Sendable (Int) throws -> any Workload
  ) {
    (self.name, self.operations, self.makeWorkload) = (name, operations, makeWorkload)
  }

  /// All lines in the order they are measured.
  static let all = edits + trainingSteps + textEditing + wordSteps + wordFiles + products + layers
}

extension RandomStream {
  /// The stream of a benchmark's input: its numbers are the same in every run.
  init(input name: String) { self.init(seed: 1, name: name) }
}
