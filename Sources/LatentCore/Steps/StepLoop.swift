/// The one loop of all work in steps: it ends with the task, reports each step with its rate, and stops on divergence.
package struct StepLoop {
  /// Steps made.
  package private(set) var step: Int
  /// Steps to make.
  package let steps: Int
  /// The step of the last checkpoint, for those who keep some.
  package var kept: Int?
  private let activity: String
  private let lossNames: [String]
  private var clock = StepClock()

  /// Prepares a loop.
  ///
  /// - Parameters:
  ///   - activity: What reports call the work.
  ///   - steps: How many steps make the whole.
  ///   - step: How many of them were made before.
  ///   - lossNames: The names of what a step returns.
  package init(_ activity: String, steps: Int, from step: Int = 0, lossNames: [String] = []) {
    (self.activity, self.steps, self.step, self.lossNames) = (activity, steps, step, lossNames)
  }

  /// Makes one step, or `count` at once, whose losses `body` returns.
  ///
  /// - Throws: `CancellationError` when the task is cancelled, before anything is done; ``RunError/diverged(step:place:kept:)``
  ///   when a loss is not finite; whatever `body` throws.
  package mutating func advance(
    by count: Int = 1, report: (StepProgress) -> Void, _ body: () throws -> [Float]
  ) throws {
    try Task.checkCancellation()
    let losses = Array(zip(lossNames, try body()))
    step += count
    for (name, value) in losses where !value.isFinite {
      throw RunError.diverged(step: step, place: "its loss “\(name)” is \(value)", kept: kept)
    }
    report(
      StepProgress(activity: activity, step: step, steps: steps, losses: losses, rate: clock.tick(count)))
  }

  /// Makes sure that all numbers of a state are finite.
  ///
  /// - Throws: ``RunError/diverged(step:place:kept:)``.
  package func check(_ state: Parameters) throws {
    let places = state.nonFinite
    if places.isEmpty { return }
    throw RunError.diverged(step: step, place: places.firstFew, kept: kept)
  }

  /// Does something for each of `count` items, in batches, and reports how many are done.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; whatever `body` throws.
  package static func forEach(
    _ activity: String, of count: Int, batch: Int = 1, report: (StepProgress) -> Void,
    _ body: (_ items: Range<Int>) throws -> Void
  ) throws {
    var loop = StepLoop(activity, steps: count)
    while loop.step < count {
      let items = loop.step..<min(loop.step + batch, count)
      try loop.advance(by: items.count, report: report) {
        try body(items)
        return []
      }
    }
  }
}
