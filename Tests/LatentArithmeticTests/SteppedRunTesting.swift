import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// A training whose every step depends on all before it; moments appear with the first step, as an optimizer's do.
struct Walk: SampledWork {
  struct Crash: Error {}

  static let lossNames = ["first", "second"]

  var steps = 8
  var identity = "walk"
  var samples = true
  var crashesBefore: Int?
  /// After this step the first loss is no number, and after that the position is not finite.
  var poisonedLoss: Int?, poisonedPosition: Int?
  var step = 0
  var position = Tensor(shape: [3], elements: [0.1, -0.2, 0.3])
  var momentum: Tensor?

  var state: Parameters {
    var state = Parameters()
    state["position"] = position
    state["moments.position"] = momentum
    return state
  }

  mutating func advance() throws -> [Float] {
    if step + 1 == crashesBefore { throw Crash() }
    var stream = RandomStream(seed: 1, name: "walk \(step)")
    let push = stream.normal(shape: [3]).elements
    let old = momentum?.elements ?? [0, 0, 0]
    let new = zip(old, push).map { 0.9 * $0 + $1 }
    momentum = Tensor(shape: [3], elements: new)
    position = Tensor(shape: [3], elements: zip(position.elements, new).map { 0.99 * $0 + 0.1 * $1 })
    step += 1
    let losses = Array(position.elements.prefix(2))
    if step == poisonedPosition {
      position = Tensor(shape: [3], elements: [position.elements[0], position.elements[1], .infinity])
    }
    return step == poisonedLoss ? [.nan, losses[1]] : losses
  }

  mutating func restore(_ state: Parameters, step: Int) {
    self.step = step
    if let position = state["position"] { self.position = position }
    momentum = state["moments.position"]
  }

  func sample() -> Image? { samples ? randomImage(width: 4, height: 4, seed: UInt64(step)) : nil }
}

/// What the tests of the loop around every training share.
protocol TrainingRunTesting {}

extension TrainingRunTesting {
  func options(_ folder: URL, resumes: Bool = false, checkpointInterval: Int = 500) -> RunOptions {
    var options = RunOptions(folder: folder.appendingPathComponent("run"), threads: 1)
    options.resumes = resumes
    options.checkpointInterval = checkpointInterval
    options.sampleInterval = 3
    // Nothing here depends on time.
    options.checkpointSeconds = .infinity
    return options
  }

  /// Runs a training to its end.
  func run(
    _ walk: inout Walk, _ options: RunOptions, report: (StepProgress) -> Void = { _ in }
  ) throws {
    try SteppedRun(options).run(&walk, report: report)
  }

  /// Runs a training that cancels its task after a step, or before the first one for 0.
  @discardableResult func run(
    _ options: RunOptions, cancelAfter last: Int
  ) async throws -> (walk: Walk, isComplete: Bool) {
    try await Task {
      var walk = Walk()
      if last == 0 { cancelTask() }
      do {
        try SteppedRun(options).run(&walk) { if $0.step == last { cancelTask() } }
        return (walk, true)
      } catch is CancellationError {
        return (walk, false)
      }
    }.value
  }

  func losses(_ options: RunOptions) throws -> String {
    try String(contentsOf: options.folder.appendingPathComponent("losses.csv"), encoding: .utf8)
  }

  func checkpoint(_ options: RunOptions) -> URL {
    options.folder.appendingPathComponent("checkpoint.safetensors")
  }

  func savedStep(_ options: RunOptions) throws -> String? {
    try TensorFile(contentsOf: checkpoint(options)).metadata["step"]
  }

  /// The header and the rows that a walk writes.
  func expectedLosses(steps: Int) throws -> String {
    var walk = Walk()
    var text = "step,first,second\n"
    for step in 1...steps {
      let values = try walk.advance()
      text += "\(step),\(values[0]),\(values[1])\n"
    }
    return text
  }
}
