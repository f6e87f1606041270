import LatentCore

// What a workload returns.
@_exported import struct LatentCore.Tensor

/// Something whose time is measured, with its inputs made.
public protocol Workload {
  /// Does what an iteration needs but is not to be timed.
  mutating func prepare()
  /// Makes one timed iteration and returns what it computed, so that the result can be checked.
  mutating func iterate() throws -> Tensor
}

extension Workload {
  /// Does nothing.
  public mutating func prepare() {}
}

/// A line of the report: a name, and how to make its workload for a number of threads.
public struct Benchmark: Sendable {
  /// What the line is called: `edit paper B64`.
  public let name: String
  /// The floating-point operations of an iteration where they are to be reported, nil elsewhere.
  public let operations: Double?
  private let make: @Sendable (_ threads: Int) throws -> any Workload

  init(_ name: String, operations: Double? = nil, make: @escaping @Sendable (Int) throws -> any Workload) {
    (self.name, self.operations, self.make) = (name, operations, make)
  }

  /// Makes the workload, which is not to be timed.
  public func makeWorkload(threads: Int) throws -> any Workload { try make(threads) }

  /// All lines in the order they are measured.
  public static let all =
    edits + painting + trainingSteps + painterSteps + textEditing + wordSteps + wordFiles + products + layers
}

extension RandomStream {
  /// The stream of a benchmark's input: its numbers are the same in every run.
  init(input name: String) { self.init(seed: 1, name: name) }
}
