import Foundation
import LatentCore
import Testing

/// The loop of all work in steps.
struct StepLoopTests {
  private struct Fault: Error {}

  // Each step is reported once, with what it lost and a rate.
  @Test func stepsAreReported() throws {
    var loop = StepLoop("counting", steps: 5, from: 2, lossNames: ["first", "second"])
    var reports: [StepProgress] = []
    while loop.step < loop.steps {
      let loss = Float(loop.step)
      try loop.advance(report: { reports.append($0) }) { [loss, 0.5] }
    }
    #expect(reports.map(\.step) == [3, 4, 5])
    #expect(reports.allSatisfy { $0.activity == "counting" && $0.steps == 5 && $0.rate > 0 })
    #expect(reports.map { $0.losses.map(\.name) } == [[String]](repeating: ["first", "second"], count: 3))
    #expect(reports.map { $0.losses.map(\.value) } == [[2, 0.5], [3, 0.5], [4, 0.5]])
  }

  // All items are visited once, in order, in batches of which the last may be smaller.
  @Test(arguments: [
    (10, 4, [0..<4, 4..<8, 8..<10]), (3, 1, [0..<1, 1..<2, 2..<3]), (2, 64, [0..<2]), (0, 8, []),
  ])
  func itemsComeInBatches(count: Int, batch: Int, expected: [Range<Int>]) throws {
    var (visited, done): ([Range<Int>], [Int]) = ([], [])
    try StepLoop.forEach("visiting", of: count, batch: batch, report: { done.append($0.step) }) {
      visited.append($0)
    }
    #expect(visited == expected && done == expected.map(\.upperBound))
  }

  // The rate counts what a step makes, not steps: with ten items a step it is ten times that with one. Times are given,
  // a quarter of a second apart.
  @Test func rateCountsItems() {
    let start = Date(timeIntervalSinceReferenceDate: 1000)
    var (single, tenfold) = (StepClock(at: start), StepClock(at: start))
    for step in 1...100 {
      let time = start.addingTimeInterval(Double(step) / 4)
      #expect(single.tick(at: time) == 4 && tenfold.tick(10, at: time) == 40)
    }
  }

  // What a step throws ends the work, and the step is not counted.
  @Test func faultsEndTheWork() {
    var loop = StepLoop("failing", steps: 5)
    #expect(throws: Fault.self) { try loop.advance(report: { _ in }) { throw Fault() } }
    #expect(loop.step == 0)
  }

  @Test func divergenceEndsTheWork() throws {
    var loop = StepLoop("diverging", steps: 5, from: 2, lossNames: ["first", "second"])
    loop.kept = 1
    var reports = 0
    #expect(throws: RunError.diverged(step: 3, place: "its loss “second” is -inf", kept: 1)) {
      try loop.advance(report: { _ in reports += 1 }) { [1, -.infinity] }
    }
    var state = Parameters()
    state["position"] = Tensor(shape: [2, 2], elements: [0, 1, .nan, 2])
    #expect(throws: RunError.diverged(step: 3, place: "position[1, 0] is nan", kept: 1)) {
      try loop.check(state)
    }
    #expect(reports == 0)
  }

  // A cancelled task ends between two steps: the one that was begun is finished.
  @Test func cancellationEndsTheWork() async {
    let steps = await Task {
      var steps = 0
      try? StepLoop.forEach("waiting", of: 10, report: { _ in }) { items in
        steps += items.count
        if items.upperBound == 4 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return steps
    }.value
    #expect(steps == 4)
  }
}
