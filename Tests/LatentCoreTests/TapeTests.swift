import LatentCore
import TestSupport
import Testing

/// What the tape does with operations: it adds cotangents, asks only for what is needed and keeps nothing else.
struct TapeTests {
  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  // y = 2x + 3x + (x·1/2)·1/2 has dy/dx = 21/4: the cotangents of all uses are added, all factors being exact.
  @Test func fanOutAddsCotangents() {
    let tape = Tape(threads: 1)
    let x = tape.watch(Self.random([3, 5], seed: 1), path: "x")
    let y = x.scaled(by: 2).adding(x.scaled(by: 3)).adding(x.scaled(by: 0.5).scaled(by: 0.5))
    let cotangent = Self.random([3, 5], seed: 2)
    let gradients = tape.gradients(of: y, cotangent: cotangent)
    #expect(gradients.keys.sorted() == ["x"])
    let expected = cotangent.elements.map { 5.25 * Double($0) }
    let got = gradients["x"]?.elements ?? []
    #expect(worstError(got, expected, scale: largestMagnitude(expected)) <= 2 * Double(Float.ulpOfOne))
    // A cotangent that was handed in is not changed by the sums made of it.
    #expect(cotangent == Self.random([3, 5], seed: 2))
  }

  // x + x hands the same cotangent to both inputs, which are one: dy/dx = 2.
  @Test func operationUsesAnInputTwice() {
    let tape = Tape(threads: 1)
    let x = tape.watch(Self.random([7], seed: 3), path: "x")
    let cotangent = Self.random([7], seed: 4)
    let gradients = tape.gradients(of: x.adding(x), cotangent: cotangent)
    #expect(gradients["x"]?.elements == cotangent.elements.map { 2 * $0 })
  }

  // What the output does not depend on has no gradient; what is watched itself has its cotangent.
  @Test func gradientsAreOfWhatMatters() {
    let tape = Tape(threads: 1)
    let x = tape.watch(Self.random([4], seed: 5), path: "x")
    let other = tape.watch(Self.random([4], seed: 6), path: "other")
    _ = other.scaled(by: 2)
    let cotangent = Self.random([4], seed: 7)
    #expect(tape.gradients(of: x, cotangent: cotangent) == ["x": cotangent])
    let frozen = Tape(threads: 1)
    let constant = frozen.constant(Self.random([4], seed: 8)).scaled(by: 3)
    #expect(frozen.gradients(of: constant, cotangent: cotangent).isEmpty)
  }

  // The pullback is told which inputs need a cotangent: what is watched, or depends on it.
  @Test func frozenInputsAreNotNeeded() {
    let tape = Tape(threads: 1)
    let watched = tape.watch(Self.random([2], seed: 9), path: "w")
    let frozen = tape.constant(Self.random([2], seed: 10))
    let probe = Probe()
    let inputs = [watched, frozen, watched.scaled(by: 2), frozen.scaled(by: 2)]
    let y = tape.record(
      inputs[0], inputs[1], inputs[2], inputs[3], operation: probe.operation(value: watched.value))
    let gradients = tape.gradients(of: y, cotangent: Self.random([2], seed: 11))
    #expect(probe.needed == [[true, false, true, false]])
    let expected = Self.random([2], seed: 11).elements.map { 3 * $0 }
    #expect(gradients == ["w": Tensor(shape: [2], elements: expected)])
  }

  // A recorded operation lives until its pullback has run; one without a watched input is let go at once.
  @Test func onlyWhatIsWatchedIsKept() {
    let tape = Tape(threads: 1)
    func recorded(_ x: Variable) -> (Variable, WeakProbe) {
      let probe = Probe()
      return (tape.record(x, operation: probe.operation(value: x.value)), WeakProbe(probe))
    }
    let tensor = Self.random([2], seed: 12)
    let (constant, dropped) = recorded(tape.constant(tensor))
    #expect(dropped.probe == nil)
    #expect(constant.value == tensor)
    let (y, kept) = recorded(tape.watch(tensor, path: "x"))
    #expect(kept.probe != nil)
    #expect(tape.gradients(of: y, cotangent: tensor) == ["x": tensor])
    #expect(kept.probe == nil)
  }

  // An operation with an optional input has one cotangent for each place, and none is asked for what is absent.
  @Test func absentInputsAreNotNeeded() {
    let tape = Tape(threads: 1)
    let (x, probe) = (tape.watch(Self.random([2], seed: 13), path: "x"), Probe())
    let y = tape.record(x, nil, x, operation: probe.operation(value: x.value))
    let cotangent = Self.random([2], seed: 14)
    let gradients = tape.gradients(of: y, cotangent: cotangent)
    #expect(probe.needed == [[true, false, true]])
    #expect(gradients["x"]?.elements == cotangent.elements.map { 2 * $0 })
  }

  // MARK: - Misuse

  // Gradients come back by path, so that of two variables of one path one would be lost.
  @Test func aPathIsWatchedOnce() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(threads: 1)
      let tensor = Tensor(shape: [2], elements: [1, -2])
      _ = tape.watch(tensor, path: "layer.weight")
      _ = tape.watch(tensor, path: "layer.weight")
    }
    expectSentence("The path “layer.weight” is watched on this tape already.", from: result)
  }

  // The operations are let go with their pullbacks, so a second gradient would be of nothing.
  @Test func aTapeGivesGradientsOnce() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(threads: 1)
      let x = tape.watch(Tensor(shape: [2], elements: [1, -2]), path: "x")
      let y = x.scaled(by: 2)
      guard tape.gradients(of: y, cotangent: x.value).count == 1 else { return }
      _ = tape.gradients(of: y, cotangent: x.value)
    }
    expectSentence("A tape gives gradients once; this one is used up.", from: result)
  }

  // A pullback that returns too few cotangents would lose the others, one that returns too many is of something else.
  @Test func aPullbackAnswersForEachInput() async {
    let tooFew = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      differentiateSum(returning: 1)
    }
    expectSentence("A pullback returned 1 cotangents for 2 inputs.", from: tooFew)
    let tooMany = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      differentiateSum(returning: 3)
    }
    expectSentence("A pullback returned 3 cotangents for 2 inputs.", from: tooMany)
  }
}

/// Asks for the gradient of a sum of two variables whose pullback returns `count` cotangents.
private func differentiateSum(returning count: Int) {
  let tape = Tape(threads: 1)
  let tensor = Tensor(shape: [2], elements: [1, -2])
  let (a, b) = (tape.watch(tensor, path: "a"), tape.watch(tensor, path: "b"))
  let sum = tape.record(
    a, b, operation: Operation(value: tensor) { dy, _ in .init(repeating: dy, count: count) })
  _ = tape.gradients(of: sum, cotangent: tensor)
}

/// Counts how often the pullback of an operation with cotangents equal to its value's runs, and what it is asked for.
private final class Probe {
  private(set) var needed: [[Bool]] = []

  func operation(value: Tensor) -> Operation {
    Operation(value: value) { dy, needed in
      self.needed.append(needed)
      return needed.map { $0 ? dy : nil }
    }
  }
}

private struct WeakProbe {
  weak var probe: Probe?
  init(_ probe: Probe) { self.probe = probe }
}
